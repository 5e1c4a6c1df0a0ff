import { setTimeout as sleep } from "node:timers/promises";
import type { KubernetesApi } from "../kubernetes/kubernetes-api.ts";
import type { ObjectName, ObjectType } from "../kubernetes/resource-type.ts";
import { asList, asMap, asString, valueAt } from "../rpc/property-values.ts";
import type { PropertyMap } from "../rpc/property-values.ts";
import { lastEvent, logTails, problemsOfPods } from "./namespace-problems.ts";
import { labelSelectorText } from "./pod-problems.ts";
import { verdictOn } from "./verdicts.ts";
import type { Surroundings, Verdict } from "./verdicts.ts";
import { verdictOnExpectations } from "./wait-for.ts";
import type { Expectation } from "./wait-for.ts";

/** What to wait for, and how. */
export interface Wait {
  readonly api: KubernetesApi;
  readonly type: ObjectType;
  readonly name: ObjectName;
  /** Seconds after which waiting has failed. */
  readonly timeoutSeconds: number;
  /** Ends the wait early when the user cancels. */
  readonly signal: AbortSignal;
  /** What makes the object ready; undefined for what its kind says. */
  readonly expectations?: readonly Expectation[];
  /** Told what is being waited for whenever that changes. */
  readonly onProgress: (message: string) => void;
}

/** The object exists but has not become ready. */
export class NotReadyError extends Error {
  /** The object as it was last seen. */
  readonly live: PropertyMap;

  constructor(what: string, reasons: readonly string[], live: PropertyMap) {
    super([what, ...reasons.map((reason) => `  - ${reason}`)].join("\n"));
    this.name = "NotReadyError";
    this.live = live;
  }
}

const POLL_MS = 500;

/** Waits until the object is ready and returns it. Throws `NotReadyError`, with the reasons, if it does not get there. */
export async function waitUntilReady(wait: Wait, applied: PropertyMap): Promise<PropertyMap> {
  const start = performance.now();
  const id = `${wait.type.kind} ${wait.name.name}`;
  let live = applied;
  for (;;) {
    const waitedSeconds = (performance.now() - start) / 1000;
    const verdict = await judge(wait, live, waitedSeconds);
    if (verdict.state === "ready") return live;
    const problems = await problemsAround(wait, live);
    const explain = async (what: string): Promise<NotReadyError> =>
      new NotReadyError(
        what,
        [verdict.message, ...problems, ...(await logTails(wait.api, await pods(wait, live)))],
        live,
      );
    if (verdict.state === "failed") throw await explain(`${id} did not become ready`);
    if (waitedSeconds > wait.timeoutSeconds) {
      throw await explain(`${id} did not become ready within ${wait.timeoutSeconds} s`);
    }
    wait.onProgress([verdict.message, ...problems].join("; "));
    await sleep(POLL_MS, undefined, { signal: wait.signal }).catch(() => {
      throw new NotReadyError(`waiting for ${id} was cancelled`, [verdict.message, ...problems], live);
    });
    live = (await wait.api.read(wait.type, wait.name)) ?? live;
  }
}

/** Waits until the object is gone, or replaced by another of the same name. Throws when it stays. */
export async function waitUntilGone(wait: Wait, uid: string): Promise<void> {
  const start = performance.now();
  for (;;) {
    const live = await wait.api.read(wait.type, wait.name);
    if (live === undefined || valueAt(live, "metadata", "uid") !== uid) {
      wait.onProgress("");
      return;
    }
    const message = `waiting for ${wait.type.kind} ${wait.name.name} to be gone${heldBy(live)}`;
    if ((performance.now() - start) / 1000 > wait.timeoutSeconds) {
      throw new NotReadyError(`gave up ${message} after ${wait.timeoutSeconds} s`, [], live);
    }
    wait.onProgress(message);
    await sleep(POLL_MS, undefined, { signal: wait.signal });
  }
}

const ORDINARY_FINALIZERS = new Set(["foregroundDeletion", "orphan", "kubernetes"]);

function heldBy(object: PropertyMap): string {
  const finalizers = asList(valueAt(object, "metadata", "finalizers")).map(asString);
  const unusual = finalizers.filter((name) => !ORDINARY_FINALIZERS.has(name));
  return unusual.length === 0 ? "" : `, held by the finalizers ${unusual.join(", ")}`;
}

async function judge(wait: Wait, live: PropertyMap, waitedSeconds: number): Promise<Verdict> {
  if (wait.expectations !== undefined) return verdictOnExpectations(live, wait.expectations);
  return verdictOn(live, await surroundings(wait, live, waitedSeconds));
}

async function surroundings(wait: Wait, live: PropertyMap, waitedSeconds: number): Promise<Surroundings> {
  const namespace = wait.name.namespace ?? "default";
  const isService = wait.type.kind === "Service" && wait.type.apiVersion === "v1";
  return {
    waitedSeconds,
    endpointSlices: isService
      ? await wait.api.list(
          `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`,
          `kubernetes.io/service-name=${wait.name.name}`,
        )
      : [],
    bindsOnFirstUse: isClaim(wait) && (await bindsOnFirstUse(wait.api, live)),
  };
}

function isClaim({ type }: Wait): boolean {
  return type.kind === "PersistentVolumeClaim";
}

async function bindsOnFirstUse(api: KubernetesApi, claim: PropertyMap): Promise<boolean> {
  const name = asString(valueAt(claim, "spec", "storageClassName"));
  if (name === "") return false;
  const storageClass = await api.getOrUndefined(`/apis/storage.k8s.io/v1/storageclasses/${name}`);
  return valueAt(storageClass, "volumeBindingMode") === "WaitForFirstConsumer";
}

/** The pods an object stands for: itself, or those its selector matches. */
async function pods(wait: Wait, live: PropertyMap): Promise<PropertyMap[]> {
  if (wait.type.kind === "Pod") return [live];
  // The selector of a claim is about volumes.
  if (isClaim(wait)) return [];
  const selector = asMap(valueAt(live, "spec", "selector"));
  const text = labelSelectorText(wait.type.kind === "Service" ? { matchLabels: selector } : selector);
  const path = `/api/v1/namespaces/${wait.name.namespace ?? "default"}/pods`;
  return text === "" ? [] : await wait.api.list(path, text);
}

async function problemsAround(wait: Wait, live: PropertyMap): Promise<string[]> {
  if (isClaim(wait)) return await lastEvent(wait.api, live);
  return problemsOfPods(await pods(wait, live));
}
