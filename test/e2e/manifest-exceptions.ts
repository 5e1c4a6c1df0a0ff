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
