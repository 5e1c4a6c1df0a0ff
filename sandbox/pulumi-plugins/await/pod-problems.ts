import { asList, asMap, asString, valueAt } from "../rpc/property-values.ts";
import type { PropertyMap } from "../rpc/property-values.ts";

const ORDINARY_WAITS = new Set(["ContainerCreating", "PodInitializing"]);

/** A container that keeps a pod from getting ready. */
export interface ContainerProblem {
  readonly pod: string;
  readonly container: string;
  /** What is wrong, for example `ImagePullBackOff: Back-off pulling image "nowhere/web:1"`. */
  readonly reason: string;
  /** Whether the container ran and ended, so that there are logs to read. */
  readonly hasEnded: boolean;
  /** Whether it has been started again since and runs now. */
  readonly isRunning: boolean;
}

/** The containers of a pod that cannot start or have ended in failure. */
export function containerProblems(pod: PropertyMap): ContainerProblem[] {
  const statuses = ["initContainerStatuses", "containerStatuses"].flatMap((list) =>
    asList(valueAt(pod, "status", list)).map(asMap),
  );
  return statuses.flatMap((status) => {
    const waiting = asMap(valueAt(status, "state", "waiting"));
    const ended = asMap(valueAt(status, "state", "terminated") ?? valueAt(status, "lastState", "terminated"));
    const reasons = [waitingReason(waiting), endedReason(ended)].filter((reason) => reason !== undefined);
    if (reasons.length === 0 || status["ready"] === true) return [];
    return {
      pod: podName(pod),
      container: asString(status["name"]),
      reason: reasons.join("; "),
      hasEnded: Object.keys(ended).length > 0,
      isRunning: valueAt(status, "state", "running") !== undefined,
    };
  });
}

function waitingReason(waiting: PropertyMap): string | undefined {
  const reason = asString(waiting["reason"]);
  if (reason === "" || ORDINARY_WAITS.has(reason)) return undefined;
  return withMessage(reason, waiting["message"]);
}

function endedReason(ended: PropertyMap): string | undefined {
  const exitCode = ended["exitCode"];
  if (typeof exitCode !== "number" || exitCode === 0) return undefined;
  return withMessage(`it ended with exit code ${exitCode} (${asString(ended["reason"])})`, ended["message"]);
}

function withMessage(reason: string, message: PropertyMap[string]): string {
  return asString(message) === "" ? reason : `${reason}: ${asString(message).trim()}`;
}

function podName(pod: PropertyMap): string {
  return asString(valueAt(pod, "metadata", "name"));
}

/** Everything that keeps a pod from getting ready, one sentence each; nothing for a healthy or a starting pod. */
export function podProblems(pod: PropertyMap): string[] {
  const name = podName(pod);
  const problems = containerProblems(pod).map(
    ({ container, reason }) => `pod ${name}: container ${container}: ${reason}`,
  );
  for (const condition of asList(valueAt(pod, "status", "conditions")).map(asMap)) {
    if (condition["type"] === "PodScheduled" && condition["status"] === "False") {
      problems.push(`pod ${name}: ${withMessage(asString(condition["reason"]), condition["message"])}`);
    }
  }
  if (valueAt(pod, "status", "phase") === "Failed" && problems.length === 0) {
    problems.push(`pod ${name}: ${withMessage("it failed", valueAt(pod, "status", "message"))}`);
  }
  return problems;
}

/** The text of a label selector such as a Deployment's `spec.selector`, for the API's `labelSelector` parameter. */
export function labelSelectorText(selector: PropertyMap): string {
  const labels = Object.entries(asMap(selector["matchLabels"])).map(([name, value]) => `${name}=${asString(value)}`);
  const expressions = asList(selector["matchExpressions"]).map((item) => {
    const { key, operator, values } = asMap(item);
    const list = `(${asList(values).map(asString).join(",")})`;
    if (operator === "Exists") return asString(key);
    if (operator === "DoesNotExist") return `!${asString(key)}`;
    return `${asString(key)} ${operator === "In" ? "in" : "notin"} ${list}`;
  });
  return [...labels, ...expressions].join(",");
}
