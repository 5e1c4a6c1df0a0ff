import type { TrafficSplit } from "./routes.ts";

/** How many pods of each version are ready to answer; undefined where nobody asked. */
export interface ReadyPods {
  /** Ready pods of the stable version, 0 or more. */
  readonly stable: number | undefined;
  /** Ready pods of the canary, 0 or more. */
  readonly canary: number | undefined;
}

/**
 * Why the weight cannot be as it is set, in one line with its cure: a version that would get requests has no ready pod.
 * A version that gets none is not looked at, because a broken canary must not hold up a rollback to 0.
 */
export function readinessFault(
  { stable, canary, canaryWeight }: Pick<TrafficSplit, "stable" | "canary" | "canaryWeight">,
  readyPods: ReadyPods,
  namespace: string,
): string | undefined {
  const fault = (version: string, otherPods: number | undefined, otherWeight: number): string =>
    `canaryWeight is ${canaryWeight}, but ${version} has no ready pod; expected one in each version that gets requests. ` +
    `Fix: find out why by kubectl -n ${namespace} get pods -l version=${version}` +
    (otherPods !== 0 ? `, or pulumi config set canaryWeight ${otherWeight}` : "");
  if (canaryWeight > 0 && readyPods.canary === 0) return fault(canary, readyPods.stable, 0);
  if (canaryWeight < 100 && readyPods.stable === 0) return fault(stable, readyPods.canary, 100);
  return undefined;
}
