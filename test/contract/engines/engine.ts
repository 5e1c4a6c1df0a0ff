/** The engines that the contract is checked with. */
export type EngineName = "simulated" | "llm-d-inference-sim" | "vllm";

/** An engine that answers, without the service before it. */
export interface RunningEngine {
  readonly name: EngineName;
  /** `http://host:port`. */
  readonly origin: string;
  /** Served model name. */
  readonly model: string;
  stop(): Promise<void>;
}

/** How much one engine takes on. Default: more than any test asks for. */
export interface EngineLimits {
  /** Sequences that run at the same time. */
  readonly running: number;
  /** Sequences that wait. */
  readonly waiting: number;
}

/** An engine that can be started, or, where somebody else runs it, found. */
export interface ContractEngine {
  readonly name: EngineName;
  /** Whether the tests may shape it: limit it, load adapters that do not exist. */
  readonly isSimulator: boolean;
  /** Starts it. @param limits for simulators only */
  start(limits?: EngineLimits): Promise<RunningEngine>;
}

/** The model that simulators serve. */
export const SIMULATED_MODEL = "contract/model";
/** Milliseconds that simulators take for a token: a stream of hundreds can be left before its end. */
export const TOKEN_MS = 2;
