import type { FinishReason } from "./sequence.ts";

/** A sequence that ended, in seconds and tokens. */
export interface FinishedSequence {
  readonly reason: Exclude<FinishReason, "cut">;
  readonly promptTokens: number;
  readonly generatedTokens: number;
  /** Tokens it might have generated. */
  readonly maxTokens: number;
  /** How often it lost its place. */
  readonly preemptions: number;
  /** From its arrival to its end. */
  readonly totalSeconds: number;
  /** From its arrival to its first place in the batch. */
  readonly queueSeconds: number;
  /** From there to its first token. */
  readonly prefillSeconds: number;
  /** From its first token to its last. */
  readonly decodeSeconds: number;
}

/** Is told what the scheduler does. As in vLLM, a sequence whose client left is never reported as finished. */
export interface Recorder {
  /** A step was taken: prompt tokens of the sequences that gave their first token in it, and tokens it generated. */
  step(promptTokens: number, generatedTokens: number): void;
  /** A sequence gave its first token, so many seconds after its arrival. */
  firstToken(seconds: number): void;
  /** A sequence gave another token, so many seconds after the one before. */
  nextToken(seconds: number): void;
  /** A sequence lost its place to another. */
  preemption(): void;
  /** A sequence ended. */
  finished(sequence: FinishedSequence): void;
  /** All sequences of a prompt ended: how many they were, and the tokens of the longest. */
  promptFinished(sequences: number, longest: number): void;
}
