import type { EngineError } from "../engine-error.ts";
import type { FinishReason } from "../scheduling/sequence.ts";
import type { Usage } from "./usage.ts";

/** What all parts of one answer have in common. */
export interface AnswerHead {
  readonly id: string;
  /** Unix time in seconds. */
  readonly created: number;
  /** The served model's or the adapter's name. */
  readonly model: string;
  /** Release version. */
  readonly fingerprint: string;
}

/** A choice of an answer that is no stream. */
export interface WholeChoice {
  readonly text: string;
  readonly finishReason: FinishReason;
  readonly stopReason: string | null;
}

/** What a choice has to say in the middle of a stream. */
export interface ChunkContent {
  readonly index: number;
  readonly text: string;
  /** Whether this is all that the choice ever said, and no token was generated. */
  readonly isEmpty: boolean;
  /** Null while the choice goes on. */
  readonly finishReason: FinishReason | null;
  readonly stopReason: string | null;
  /** The choice's usage so far; null when it was not asked for. */
  readonly usage: Usage | null;
  /** Whether the stream ends with this choice's chunk, so that it has the fingerprint. */
  readonly hasFingerprint: boolean;
}

/**
 * Writes one answer in one of vLLM's two forms: JSON without white space, fields in vLLM's order, those that vLLM never
 * fills in here as null.
 */
export interface AnswerForm {
  /** What a stream says of a choice before its first token; null for nothing. */
  opening(index: number, usage: Usage | null): string | null;
  /** A chunk of a stream. */
  chunk(content: ChunkContent): string;
  /** The last chunk of a stream whose usage was asked for. */
  usage(usage: Usage): string;
  /** An error in a stream. */
  error(error: EngineError): string;
  /** An answer that is no stream. */
  whole(choices: readonly WholeChoice[], usage: Usage): object;
}
