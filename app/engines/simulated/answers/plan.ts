import type { GenerationRequest } from "../requests/generation-request.ts";
import type { PreparedPrompt } from "./prepare.ts";

/** One choice of an answer. */
export interface PlannedChoice {
  /** Text that is shown before it; empty without `echo`. */
  readonly prefix: string;
  /** Tokens of its prompt. */
  readonly promptTokens: number;
}

/** What an answer will consist of. */
export interface AnswerPlan {
  /** The choices in the order of their numbers. */
  readonly choices: readonly PlannedChoice[];
  /** Tokens of all prompts. */
  readonly promptTokens: number;
  /** Whether the prefixes are all that is shown. */
  readonly prefixOnly: boolean;
  /** Whether a stream ends with its usage. */
  readonly includeUsage: boolean;
  /** Whether each chunk of a stream has the usage so far. */
  readonly continuousUsage: boolean;
}

/** Plans the answer to a request with these prompts. */
export function planAnswer(request: GenerationRequest, prompts: readonly PreparedPrompt[]): AnswerPlan {
  const { echo, maxTokens, includeUsage, continuousUsage } = request;
  return {
    choices: prompts.flatMap(({ text, tokens }) =>
      Array.from({ length: request.sampling.n }, () => ({ prefix: echo ? text : "", promptTokens: tokens })),
    ),
    promptTokens: prompts.reduce((sum, { tokens }) => sum + tokens, 0),
    prefixOnly: echo && maxTokens === 0,
    includeUsage,
    continuousUsage,
  };
}
