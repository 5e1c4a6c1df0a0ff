import type { KubernetesApi } from "../kubernetes/kubernetes-api.ts";
import { asString, valueAt } from "../rpc/property-values.ts";
import type { PropertyMap } from "../rpc/property-values.ts";
import { containerProblems, podProblems } from "./pod-problems.ts";

const LOG_LINES = 5;
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

/** The last log lines of containers that ended in failure, one entry per container. Unreadable logs are left out. */
export async function logTails(api: KubernetesApi, pods: readonly PropertyMap[]): Promise<string[]> {
  const tails = pods.flatMap((pod) => {
    const namespace = asString(valueAt(pod, "metadata", "namespace"));
    const ended = containerProblems(pod).filter(({ hasEnded }) => hasEnded);
    return ended.map(({ pod: name, container }) => logTail(api, namespace, name, container));
  });
  return (await Promise.all(tails)).filter((tail) => tail !== undefined);
}

async function logTail(
  api: KubernetesApi,
  namespace: string,
  pod: string,
  container: string,
): Promise<string | undefined> {
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log`;
  for (const previous of ["true", "false"]) {
    try {
      const lines = await api.getOrUndefined(path, { container, tailLines: String(LOG_LINES), previous });
      if (typeof lines === "string" && lines.trim() !== "") {
        return `the last lines of container ${container} in pod ${pod}:\n    ${lines.trim().replaceAll("\n", "\n    ")}`;
      }
    } catch {
      // The reasons are told without logs: a failing log request must not hide them.
    }
  }
  return undefined;
}
