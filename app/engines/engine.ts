/** What an engine is asked to generate: every prompt answered `choicesPerPrompt` times. */
export interface GenerationRequest {
  /** At least one non-empty prompt. */
  readonly prompts: readonly string[];
  /** Tokens of all prompts together, by the engine's own count. */
  readonly promptTokens: number;
  /** Answers per prompt, 1 or more. Choice `p * choicesPerPrompt + k` is answer k of prompt p. */
  readonly choicesPerPrompt: number;
  /** Longest answer in tokens, 1 or more, for each choice by itself. */
  readonly maxTokens: number;
  /** Varies the answers to one prompt; `undefined` is a seed of its own. */
  readonly seed: number | undefined;
  /** True: never stop by itself, always reach `maxTokens`. */
  readonly ignoreEndOfText: boolean;
}

/** Why a choice ended: `stop` by itself, `length` at the token limit. */
export type FinishReason = "stop" | "length";

/** One generated token. */
export interface GeneratedToken {
  /** Index of the choice it belongs to, from 0. */
  readonly choice: number;
  /** Text to append to the choice, leading space included. */
  readonly text: string;
  /** Set on the last token of its choice, null on all others. */
  readonly finishReason: FinishReason | null;
}

/** A source of generated text. */
export interface Engine {
  /** Short name for the build info metric, such as `simulated`. */
  readonly name: string;
  /** Prompt and answer of one choice together may not exceed this many tokens. */
  readonly maxModelLength: number;
  /** Number of tokens in a text, 1 or more for a text that is not empty. */
  countTokens(text: string): number;
  /**
   * Yields the tokens of all choices as they come. Nothing is generated ahead of the consumer without bound.
   * Rejects with an `AbortError` as soon as `signal` aborts.
   */
  generate(request: GenerationRequest, signal: AbortSignal): AsyncIterable<GeneratedToken>;
}
