import type { ContainerResources, Engine } from "./engine-settings.ts";

/** A taint of nodes on which the pods may run nevertheless. */
export interface Toleration {
  /** Key of the taint. Required. */
  readonly key: string;
  /** Whether the taint must have `value` (Equal) or may have any (Exists). Default "Exists". */
  readonly operator: "Exists" | "Equal";
  /** Value of the taint: required with Equal, refused with Exists. */
  readonly value: string | undefined;
  /** Effect of the taint. Default: any. */
  readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute" | undefined;
}

/** How many pods a version has. */
export interface Replicas {
  /** Fewest pods: at least 1. Default 1. */
  readonly min: number;
  /** Most pods: at least `min`. Default 3. */
  readonly max: number;
  /**
   * Requests that may wait in each pod, on average, before there are more pods: at least 1. Needs an adapter that serves
   * the metric `vllm_requests_queued` to autoscalers. Default: CPU and memory alone decide.
   */
  readonly waitingRequests: number | undefined;
}

/** One version of the service, as a stack describes it. */
export interface Version {
  /** Name of the version, also its Istio subset, `version` label and metric value: a DNS label, 1-20 characters. */
  readonly name: string;
  /** Name by which clients ask for the model: 1-256 printable characters without spaces. */
  readonly model: string;
  /** Image of the service for this version, by digest. Default: the stack's. */
  readonly image: string | undefined;
  /** How many pods the autoscaler may run. */
  readonly replicas: Replicas;
  /** Requests of one pod's server, as Kubernetes quantities; memory is its limit too. Default 100m and 384Mi. */
  readonly resources: ContainerResources;
  /** Labels of the nodes on which the pods may run. Default: any node. */
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** Taints of nodes on which the pods may run nevertheless. Default: none. */
  readonly tolerations: readonly Toleration[];
  /** What generates the answers. Default: the simulated engine. */
  readonly engine: Engine;
}
