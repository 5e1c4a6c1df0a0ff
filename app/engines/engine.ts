/** Engines that the service can stand before. */
export type EngineName = "vllm" | "simulated";

/** The inference server that the service stands before: vLLM, or what behaves like it, behind HTTP. */
export interface Engine {
  /** Which one it is, for the build info metric. */
  readonly name: EngineName;
  /** Where it listens: `http://host:port`, without a path. */
  readonly origin: string;
  /**
   * How busy each GPU was lately, 0 to 1 each; empty where nobody can tell, since an invented figure would be worse.
   * Never rejects.
   */
  gpuUtilization(): Promise<readonly number[]>;
  /** Lets go of what it holds, open connections included; for vLLM, which is a container of its own, next to nothing. */
  stop(): Promise<void>;
}
