/** What a simulated engine serves and how it behaves. */
export interface SimulatedEngineSettings {
  /** Release version: it is every answer's `system_fingerprint`, and another version answers with another text. */
  readonly version: string;
  /** Served model name. */
  readonly model: string;
  /** LoRA adapters that are loaded from the start, by name; others can be loaded at run time. Default none. */
  readonly loraAdapters: readonly string[];
  /** Whole number that texts and failures are drawn from: the same seed draws the same again. Default 0. */
  readonly seed: number;

  /** Seconds from the start until the port opens, 0 or more; before, connections are refused. Default 0. */
  readonly startupSeconds: number;
  /** Milliseconds from scheduling a prompt to its first token on an idle engine, 0 or more. Default 20. */
  readonly timeToFirstTokenMs: number;
  /** Milliseconds between two tokens of a sequence on an idle engine, 0 or more. Default 5. */
  readonly interTokenLatencyMs: number;
  /** Factor on both latencies with `maxNumSeqs` sequences running, 1 or more; linear between. Default 1.5. */
  readonly slowdownUnderLoad: number;

  /** Sequences that run at the same time, 1 or more; more wait. Default 64. */
  readonly maxNumSeqs: number;
  /**
   * Sequences the engine takes on, waiting and running together as vLLM's `--max-num-queued-reqs` counts them, 1 or
   * more; what would exceed it is refused with 503. Default 1000.
   */
  readonly maxQueuedRequests: number;
  /** Tokens of all running sequences that fit into the KV cache; at least `maxModelLength`. Default 262144. */
  readonly kvCacheTokens: number;
  /** Tokens of a prompt and its answer together, 2 or more. Default 8192. */
  readonly maxModelLength: number;

  /** Share of requests, 0 to 100, answered with 500 instead of any answer. Default 0. */
  readonly errorPercent: number;
  /** Share of answers, 0 to 100, that break: a stream by an error event, any other by 500. Default 0. */
  readonly streamErrorPercent: number;
  /** Share of answers, 0 to 100, that end early with `finish_reason: "abort"`. Default 0. */
  readonly streamAbortPercent: number;
  /** Share of answers, 0 to 100, whose connection dies before their end. Default 0. */
  readonly streamCutPercent: number;
  /** Share of answers, 0 to 100, that fall silent until the client goes; they keep their place in the batch. Default 0. */
  readonly stallPercent: number;
  /** How good the text is: 100 keeps to the prompt, 0 is off topic, repetitive and cut short. Default 100. */
  readonly answerQualityPercent: number;
}

/** A good version on an engine of its own pace; see {@link SimulatedEngineSettings}. */
export const DEFAULT_SIMULATED_ENGINE: Omit<SimulatedEngineSettings, "version" | "model"> = {
  loraAdapters: [],
  seed: 0,
  startupSeconds: 0,
  timeToFirstTokenMs: 20,
  interTokenLatencyMs: 5,
  slowdownUnderLoad: 1.5,
  maxNumSeqs: 64,
  maxQueuedRequests: 1000,
  kvCacheTokens: 262_144,
  maxModelLength: 8192,
  errorPercent: 0,
  streamErrorPercent: 0,
  streamAbortPercent: 0,
  streamCutPercent: 0,
  stallPercent: 0,
  answerQualityPercent: 100,
};
