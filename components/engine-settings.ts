/**
 * An engine that answers without a model: for laptops, tests, and rehearsals of a release. Its last fields make a version
 * bad on purpose. Each field reaches the service as the variable `SIMULATED_` and its name in capitals.
 */
export interface SimulatedEngine {
  /** Which engine this is. */
  readonly kind: "simulated";
  /** Wait before the first token of an answer, in milliseconds, 0-60000. Default 20. */
  readonly timeToFirstTokenMs: number;
  /** Wait between two tokens of an answer, in milliseconds, 0-10000. Default 5. */
  readonly interTokenLatencyMs: number;
  /** Sequences generated at the same time; more wait in the queue, 1-100000. Default 64. */
  readonly maxNumSeqs: number;
  /** Time from start until it answers, as a model's loading takes, in seconds, 0-3600. Default 0. */
  readonly startupSeconds: number;
  /** What its texts and failures are drawn from: the same seed draws the same again, 0-4294967295. Default 0. */
  readonly seed: number;
  /** Share of requests answered with an error instead of text, in percent, 0-100. Default 0. */
  readonly errorPercent: number;
  /** Share of streams that break with an error event, in percent, 0-100. Default 0. */
  readonly streamErrorPercent: number;
  /** Share of answers that the engine gives up, in percent, 0-100. Default 0. */
  readonly streamAbortPercent: number;
  /** How good the text is, in percent: 100 keeps to the prompt, 0 is off topic and cut short. Default 100. */
  readonly answerQualityPercent: number;
}

/** What one container asks of its node. */
export interface ContainerResources {
  /** Requested CPU, a Kubernetes quantity; there is no limit. */
  readonly cpu: string;
  /** Requested memory and its limit, a Kubernetes quantity. */
  readonly memory: string;
}

/** A LoRA adapter that vLLM loads at start and clients ask for as for a model. */
export interface LoraAdapter {
  /** Name by which clients ask for it: 1-256 letters, digits, `.`, `_`, `:`, `/` or `-`, other than the model's name. */
  readonly name: string;
  /** Hugging Face repository, or path in the engine's file system, without spaces and commas. */
  readonly source: string;
}

/** The accelerators of one pod. */
export interface Gpu {
  /**
   * How many a pod gets, 0 or more; 0 needs an image of vLLM for CPUs. vLLM uses several only when `args` say how, such as
   * by `--tensor-parallel-size`. Default 1.
   */
  readonly count: number;
  /** Kubernetes' name of the accelerator. Default "nvidia.com/gpu". */
  readonly resource: string;
  /** NVIDIA product the node must have, such as `NVIDIA-H100-80GB-HBM3`: its label `nvidia.com/gpu.product`. Default: any. */
  readonly product: string | undefined;
}

/** The volume on which the pods of one version share what they have downloaded. */
export interface ModelCache {
  /** Size as a Kubernetes quantity, such as 100Gi. Required. */
  readonly size: string;
  /** Storage class, which must offer ReadWriteMany. Default: the cluster's own default class. */
  readonly storageClass: string | undefined;
}

/**
 * vLLM in a container of its own, from its official image, which needs at least version 0.18 for a lossless shutdown. It
 * listens inside the pod alone.
 */
export interface VllmEngine {
  /** Which engine this is. */
  readonly kind: "vllm";
  /** Image of vLLM by digest, `repository[:tag]@sha256:<64 hex digits>`. Required. */
  readonly image: string;
  /** What vLLM loads: a Hugging Face repository, or a path in its file system. Required. */
  readonly modelSource: string;
  /** Further arguments of `vllm serve`, one list item each; without flags that the stack sets itself. Default: none. */
  readonly args: readonly string[];
  /** Adapters on top of the model. Default: none. */
  readonly loraAdapters: readonly LoraAdapter[];
  /** The accelerators of one pod. Default: one NVIDIA GPU of any product. */
  readonly gpu: Gpu;
  /** Requests of vLLM's container, as Kubernetes quantities; memory is its limit too. Default 4 and 24Gi. */
  readonly resources: ContainerResources;
  /** Most that its processes share in memory; counted in `resources.memory`, which must be larger. Default 8Gi. */
  readonly sharedMemory: string;
  /** Longest time from the container's start until it answers, download included, in minutes, 1-1440. Default 30. */
  readonly startupMinutes: number;
  /** Where downloads outlive a pod. Default: nowhere; each pod downloads to its node's disk. */
  readonly cache: ModelCache | undefined;
}

/** What generates the answers of a version. */
export type Engine = SimulatedEngine | VllmEngine;

/** Longest time from the engine's start until it answers, in seconds. */
export function startupSeconds(engine: Engine): number {
  return engine.kind === "vllm" ? engine.startupMinutes * 60 : engine.startupSeconds;
}
