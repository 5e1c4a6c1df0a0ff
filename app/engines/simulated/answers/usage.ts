/** Tokens of an answer, in vLLM's order of fields. */
export interface Usage {
  readonly prompt_tokens: number;
  readonly total_tokens: number;
  readonly completion_tokens: number;
}

/** Counts an answer's tokens. */
export const usageOf = (promptTokens: number, completionTokens: number): Usage => ({
  prompt_tokens: promptTokens,
  total_tokens: promptTokens + completionTokens,
  completion_tokens: completionTokens,
});

/** The usage of an answer that is no stream: fields without a value are null there. */
export const wholeUsage = (usage: Usage) => ({
  ...usage,
  prompt_tokens_details: null,
  completion_tokens_details: null,
});
