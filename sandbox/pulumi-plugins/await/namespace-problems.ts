import type { KubernetesApi } from "../kubernetes/kubernetes-api.ts";
import { asList, asMap, asString, valueAt } from "../rpc/property-values.ts";
import type { PropertyMap } from "../rpc/property-values.ts";
import { containerProblems, podProblems } from "./pod-problems.ts";
import type { ContainerProblem } from "./pod-problems.ts";

const LOG_LINES = 5;
/** How the kubelet begins its answer, with status 200, when it has removed the log it is asked for. */
const LOG_IS_GONE = "unable to retrieve container logs for ";
const MOST_PROBLEMS = 8;

/** What keeps the pods from getting ready, without repetitions, the first few of it. */
export function problemsOfPods(pods: readonly PropertyMap[]): string[] {
  return [...new Set(pods.flatMap(podProblems))].slice(0, MOST_PROBLEMS);
}

/** What keeps the pods of a namespace from getting ready, and the warnings about other objects there. */
export async function problemsOfNamespace(api: KubernetesApi, namespace: string, since: Date): Promise<string[]> {
  const [pods, events] = await Promise.all([
    api.list(`/api/v1/namespaces/${namespace}/pods`),
    api.list(`/api/v1/namespaces/${namespace}/events`),
  ]);
  const problems = problemsOfPods(pods);
  return [...problems, ...warnings(events, since)].slice(0, MOST_PROBLEMS);
}

/** The warnings among events at or after a time, one sentence each; those about pods are left out. */
export function warnings(events: readonly PropertyMap[], since: Date): string[] {
  const sentences = events
    .filter((event) => event["type"] === "Warning" && valueAt(event, "involvedObject", "kind") !== "Pod")
    .filter((event) => timeOf(event) >= since.getTime() - 1000)
    .map((event) => {
      const kind = asString(valueAt(event, "involvedObject", "kind"));
      const name = asString(valueAt(event, "involvedObject", "name"));
      return `${kind} ${name}: ${asString(event["reason"])}: ${asString(event["message"]).trim()}`;
    });
  return [...new Set(sentences)];
}

function timeOf(event: PropertyMap): number {
  const time = asString(event["lastTimestamp"]) || asString(event["eventTime"]);
  return time === "" ? Number.POSITIVE_INFINITY : Date.parse(time);
}

/** What the cluster said last about an object, in a list of one; nothing if it has said nothing. */
export async function lastEvent(api: KubernetesApi, object: PropertyMap): Promise<string[]> {
  const namespace = asString(valueAt(object, "metadata", "namespace"));
  const fieldSelector = `involvedObject.uid=${asString(valueAt(object, "metadata", "uid"))}`;
  const answer = await api.getOrUndefined(`/api/v1/namespaces/${namespace}/events`, { fieldSelector });
  const events = asList(asMap(answer)["items"]).map(asMap);
  const last = events.toSorted((one, other) => timeOf(one) - timeOf(other)).at(-1);
  return last === undefined ? [] : [`${asString(last["reason"])}: ${asString(last["message"]).trim()}`];
}

/** The last log lines of containers that ended in failure, one entry per container. Unreadable logs are left out. */
export async function logTails(api: KubernetesApi, pods: readonly PropertyMap[]): Promise<string[]> {
  const tails = pods.flatMap((pod) => {
    const namespace = asString(valueAt(pod, "metadata", "namespace"));
    const ended = containerProblems(pod).filter(({ hasEnded }) => hasEnded);
    return ended.map((problem) => logTail(api, namespace, problem));
  });
  return (await Promise.all(tails)).filter((tail) => tail !== undefined);
}

async function logTail(
  api: KubernetesApi,
  namespace: string,
  { pod, container, isRunning }: ContainerProblem,
): Promise<string | undefined> {
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log`;
  // The kubelet keeps few ended containers: the one before an ended one may be gone, and with it its log.
  for (const previous of [isRunning, !isRunning].map(String)) {
    try {
      const lines = await api.getOrUndefined(path, { container, tailLines: String(LOG_LINES), previous });
      if (typeof lines === "string" && lines.trim() !== "" && !lines.startsWith(LOG_IS_GONE)) {
        return `the last lines of container ${container} in pod ${pod}:\n    ${lines.trim().replaceAll("\n", "\n    ")}`;
      }
    } catch {
      // The reasons are told without logs: a failing log request must not hide them.
    }
  }
  return undefined;
}
