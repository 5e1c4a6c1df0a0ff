import { asList, asMap, asString, valueAt } from "../rpc/property-values.ts";
import type { PropertyMap } from "../rpc/property-values.ts";

/** Whether an object has become what it was asked to be. */
export type Verdict =
  | { readonly state: "ready" }
  | { readonly state: "waiting"; readonly message: string }
  | { readonly state: "failed"; readonly message: string };

/** What is looked at besides the object itself. */
export interface Surroundings {
  /** The EndpointSlices of a Service. */
  readonly endpointSlices: readonly PropertyMap[];
  /** Whether the volume of a claim is only made when a pod uses it. */
  readonly bindsOnFirstUse: boolean;
  /** Seconds since the wait began. */
  readonly waitedSeconds: number;
}

/** Nothing known besides the object itself. */
export const NO_SURROUNDINGS: Surroundings = { endpointSlices: [], bindsOnFirstUse: false, waitedSeconds: 0 };

const READY: Verdict = { state: "ready" };

/** Seconds a Service without any endpoint is given to get some. */
export const ENDPOINT_SETTLE_SECONDS = 10;

/** Judges a live object. Kinds that need no waiting are ready at once. */
export function verdictOn(object: PropertyMap, surroundings: Surroundings): Verdict {
  switch (`${asString(object["apiVersion"])}/${asString(object["kind"])}`) {
    case "apps/v1/Deployment":
      return deployment(object);
    case "apps/v1/StatefulSet":
      return statefulSet(object);
    case "apps/v1/DaemonSet":
      return daemonSet(object);
    case "batch/v1/Job":
      return job(object);
    case "v1/Pod":
      return pod(object);
    case "v1/Service":
      return service(object, surroundings);
    case "v1/PersistentVolumeClaim":
      return claim(object, surroundings);
    case "networking.k8s.io/v1/Ingress":
      return hasAddress(object) ? READY : waiting("the Ingress has no address yet");
    case "apiextensions.k8s.io/v1/CustomResourceDefinition":
      return condition(object, "Established")["status"] === "True"
        ? READY
        : waiting("the definition is not served yet");
    default:
      return READY;
  }
}

function waiting(message: string): Verdict {
  return { state: "waiting", message };
}

function failed(message: string): Verdict {
  return { state: "failed", message };
}

function condition(object: PropertyMap, type: string): PropertyMap {
  const conditions = asList(valueAt(object, "status", "conditions")).map(asMap);
  return conditions.find((candidate) => candidate["type"] === type) ?? {};
}

function count(object: PropertyMap, ...path: string[]): number {
  const value = valueAt(object, ...path);
  return typeof value === "number" ? value : 0;
}

/** Whether the controller has not seen the newest specification yet. */
function isUnobserved(object: PropertyMap): boolean {
  return count(object, "status", "observedGeneration") < count(object, "metadata", "generation");
}

function wantedReplicas(object: PropertyMap): number {
  const wanted = valueAt(object, "spec", "replicas");
  return typeof wanted === "number" ? wanted : 1;
}

function deployment(object: PropertyMap): Verdict {
  if (isUnobserved(object)) return waiting("waiting for the Deployment controller");
  const progressing = condition(object, "Progressing");
  if (progressing["reason"] === "ProgressDeadlineExceeded") {
    return failed(`the rollout made no progress: ProgressDeadlineExceeded: ${asString(progressing["message"])}`);
  }
  const wanted = wantedReplicas(object);
  const updated = count(object, "status", "updatedReplicas");
  const available = count(object, "status", "availableReplicas");
  const old = count(object, "status", "replicas") - updated;
  const blocked = condition(object, "ReplicaFailure");
  const suffix = blocked["status"] === "True" ? `: ${asString(blocked["message"])}` : "";
  if (updated < wanted) return waiting(`${updated} of ${wanted} replicas are updated${suffix}`);
  if (old > 0) return waiting(`${old} old replicas are still running`);
  return available < wanted ? waiting(`${available} of ${wanted} replicas are available${suffix}`) : READY;
}

function statefulSet(object: PropertyMap): Verdict {
  if (isUnobserved(object)) return waiting("waiting for the StatefulSet controller");
  const wanted = wantedReplicas(object);
  const ready = count(object, "status", "readyReplicas");
  if (ready < wanted) return waiting(`${ready} of ${wanted} replicas are ready`);
  const isRolling = valueAt(object, "spec", "updateStrategy", "type") !== "OnDelete";
  const partition = count(object, "spec", "updateStrategy", "rollingUpdate", "partition");
  const updated = count(object, "status", "updatedReplicas");
  return isRolling && updated < wanted - partition ? waiting(`${updated} of ${wanted} replicas are updated`) : READY;
}

function daemonSet(object: PropertyMap): Verdict {
  if (isUnobserved(object)) return waiting("waiting for the DaemonSet controller");
  const wanted = count(object, "status", "desiredNumberScheduled");
  const updated = count(object, "status", "updatedNumberScheduled");
  const available = count(object, "status", "numberAvailable");
  if (updated < wanted && valueAt(object, "spec", "updateStrategy", "type") !== "OnDelete") {
    return waiting(`${updated} of ${wanted} pods are updated`);
  }
  return available < wanted ? waiting(`${available} of ${wanted} pods are available`) : READY;
}

function job(object: PropertyMap): Verdict {
  if (condition(object, "Complete")["status"] === "True") return READY;
  const failure = condition(object, "Failed");
  if (failure["status"] === "True") {
    return failed(`the Job failed: ${asString(failure["reason"])}: ${asString(failure["message"])}`);
  }
  if (valueAt(object, "spec", "suspend") === true) return READY;
  const [done, running] = [count(object, "status", "succeeded"), count(object, "status", "active")];
  return waiting(`${done} pods of the Job have succeeded, ${running} are running`);
}

function pod(object: PropertyMap): Verdict {
  const phase = asString(valueAt(object, "status", "phase"));
  if (phase === "Succeeded" || condition(object, "Ready")["status"] === "True") return READY;
  return phase === "Failed" ? failed("the pod failed") : waiting(`the pod is ${phase === "" ? "new" : phase}`);
}

function hasAddress(object: PropertyMap): boolean {
  return asList(valueAt(object, "status", "loadBalancer", "ingress")).length > 0;
}

function service(object: PropertyMap, { endpointSlices, waitedSeconds }: Surroundings): Verdict {
  const type = valueAt(object, "spec", "type");
  if (type === "LoadBalancer" && !hasAddress(object)) {
    return waiting("the Service has no load balancer address; does this cluster give any?");
  }
  const selects = Object.keys(asMap(valueAt(object, "spec", "selector"))).length > 0;
  if (type === "ExternalName" || valueAt(object, "spec", "clusterIP") === "None" || !selects) return READY;
  const endpoints = endpointSlices.flatMap((slice) => asList(slice["endpoints"]).map(asMap));
  const pending = endpoints.filter((endpoint) => valueAt(endpoint, "conditions", "ready") === false).length;
  if (pending > 0) return waiting(`${pending} of ${endpoints.length} pods behind the Service are not ready`);
  // A Service may select nothing on purpose, for example a Deployment scaled to zero.
  if (endpoints.length > 0 || waitedSeconds >= ENDPOINT_SETTLE_SECONDS) return READY;
  return waiting("looking for pods to direct traffic to");
}

function claim(object: PropertyMap, { bindsOnFirstUse }: Surroundings): Verdict {
  const phase = valueAt(object, "status", "phase");
  if (phase === "Bound" || (bindsOnFirstUse && phase === "Pending")) return READY;
  return phase === "Lost" ? failed("the volume of the claim is lost") : waiting("the claim is not bound to a volume");
}
