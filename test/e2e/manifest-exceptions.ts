import { matchesGlob } from "node:path";

/** What a linter has against an object. */
export interface Finding {
  /** Id of the check, such as `IST0101` or `pod-probes`. */
  readonly check: string;
  /** What it found, in its own words, after the name of the container that has it. */
  readonly what: string;
  /** The object, as `Kind namespace/name`. */
  readonly object: string;
}

/** A finding that is no fault, where `object` may hold `*` for any part of a name. */
export interface Exception extends Finding {
  /** The stacks in which it is found. */
  readonly stacks: readonly string[];
  /** Why it is none, in one line. */
  readonly reason: string;
}

/** What the exceptions leave to be done. Both lists are empty when all is well. */
export interface Judgement {
  /** The findings that no exception covers. */
  readonly faults: readonly Finding[];
  /** The exceptions of the stack that cover no finding. */
  readonly unneeded: readonly Exception[];
}

const ALL = ["dev", "prod"];
const DEPLOYMENTS = "Deployment */vllm-*-deployment";

/** Every finding that is no fault: nothing else may be found. */
export const EXCEPTIONS: readonly Exception[] = [
  {
    check: "IST0133",
    what:
      "Schema validation warning: configured AuthorizationPolicy will deny all traffic to TCP ports under its scope " +
      "due to the use of only HTTP attributes in a DENY rule; it is recommended to explicitly specify the port",
    object: "AuthorizationPolicy istio-ingress/*",
    stacks: ["prod"],
    reason: "our gateway has no TCP ports; a port left out of a list would be one on which no key is asked for",
  },
  {
    check: "IST0133",
    what:
      "Schema validation warning: EnvoyFilter exposes internal implementation details that may change at any time. " +
      "Prefer other APIs if possible, and exercise extreme caution, especially around upgrades.",
    object: "EnvoyFilter istio-ingress/*",
    stacks: ["prod"],
    reason: "Istio has no other API for a limit of requests; a test on a real gateway covers it",
  },
  {
    check: "container-image-pull-policy",
    what: "server: ImagePullPolicy is not set to Always",
    object: DEPLOYMENTS,
    stacks: ALL,
    reason: "images are named by digest: what a node already has is what the registry would send",
  },
  {
    check: "container-resources",
    what: "server: CPU limit is not set",
    object: DEPLOYMENTS,
    stacks: ALL,
    reason: "a limit would throttle streams on an idle node; what is guaranteed is the request",
  },
  {
    check: "container-ephemeral-storage-request-and-limit",
    what: "server: Ephemeral Storage limit is not set",
    object: DEPLOYMENTS,
    stacks: ALL,
    reason:
      "the service writes nothing but its log, which the kubelet rotates; beyond a limit the pod would lose its streams",
  },
  {
    check: "container-ephemeral-storage-request-and-limit",
    what: "server: Ephemeral Storage request is not set",
    object: DEPLOYMENTS,
    stacks: ALL,
    reason: "the service writes nothing but its log, which the kubelet rotates: any node has room for it",
  },
  {
    check: "container-image-pull-policy",
    what: "engine: ImagePullPolicy is not set to Always",
    object: DEPLOYMENTS,
    stacks: ["prod"],
    reason: "images are named by digest: what a node already has is what the registry would send",
  },
  {
    check: "container-resources",
    what: "engine: CPU limit is not set",
    object: DEPLOYMENTS,
    stacks: ["prod"],
    reason: "a limit would throttle what feeds the GPU; what is guaranteed is the request",
  },
  {
    check: "container-ephemeral-storage-request-and-limit",
    what: "engine: Ephemeral Storage limit is not set",
    object: DEPLOYMENTS,
    stacks: ["prod"],
    reason: "beyond a limit a pod would be evicted in the middle of its model's download",
  },
  {
    check: "container-ephemeral-storage-request-and-limit",
    what: "engine: Ephemeral Storage request is not set",
    object: DEPLOYMENTS,
    stacks: ["prod"],
    reason: "the model's size is not known here; models too large for the node's disk get the setting engine.cache",
  },
  {
    check: "container-security-context-user-group-id",
    what: "engine: The container is running with a low user ID",
    object: DEPLOYMENTS,
    stacks: ["prod"],
    reason: "the user that vLLM's official image is made for",
  },
  {
    check: "container-security-context-user-group-id",
    what: "engine: The container running with a low group ID",
    object: DEPLOYMENTS,
    stacks: ["prod"],
    reason: "the group that vLLM's official image is made for, without any right of root",
  },
  {
    check: "deployment-has-host-podantiaffinity",
    what: "Deployment does not have a host podAntiAffinity set",
    object: DEPLOYMENTS,
    stacks: ALL,
    reason: "topology spread constraints spread the pods over the nodes, and start them where there is one node alone",
  },
  {
    check: "horizontalpodautoscaler-replicas",
    what: "HPA few replicas",
    object: "HorizontalPodAutoscaler */vllm-*-autoscaler",
    stacks: ["dev"],
    reason: "one small node has room for one pod of each version",
  },
];

/** Judges all findings on the objects of a stack by a table of exceptions. */
export function judged(stack: string, findings: readonly Finding[], exceptions: readonly Exception[]): Judgement {
  const covers = (exception: Exception, finding: Finding): boolean =>
    exception.check === finding.check &&
    exception.what === finding.what &&
    matchesGlob(finding.object, exception.object);
  const own = exceptions.filter(({ stacks }) => stacks.includes(stack));
  return {
    faults: findings.filter((finding) => !own.some((exception) => covers(exception, finding))),
    unneeded: own.filter((exception) => !findings.some((finding) => covers(exception, finding))),
  };
}
