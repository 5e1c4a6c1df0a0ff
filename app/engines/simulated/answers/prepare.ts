import type { EngineContext } from "../context.ts";
import { queueFull, unacceptable } from "../engine-error.ts";
import type { GenerationRequest } from "../requests/generation-request.ts";
import type { Prompt } from "../requests/prompts.ts";
import { checkSampling } from "../requests/sampling.ts";
import { countTokens } from "../text/tokens.ts";
import { checkTokenIds, type Vocabulary } from "../text/vocabulary.ts";

/** A prompt as the model gets it. */
export interface ReadPrompt {
  readonly text: string;
  /** Tokens it has, 1 or more. */
  readonly tokens: number;
}

/** A prompt that can be answered. */
export interface PreparedPrompt extends ReadPrompt {
  /** Tokens its answers may have, 1 or more. */
  readonly maxTokens: number;
}

/** Prompts that can be answered, by the model or one of its adapters. */
export interface Prepared {
  /** Null for the served model itself. */
  readonly adapter: string | null;
  readonly prompts: readonly PreparedPrompt[];
}

/** Checks in vLLM's order whether a request can be served; throws the first of its errors: 404, 503 or 400. */
export function prepare(request: GenerationRequest, context: EngineContext): Prepared {
  const { maxModelLength } = context.settings;
  const adapter = context.adapters.resolve(request.model);
  admit(request.prompts.length * Math.max(1, request.sampling.n), context);
  // No more than that is ever generated, since vLLM gets at an echoed prompt by generating a token after it.
  const maxTokens = request.echo && request.maxTokens === 0 ? 1 : (request.maxTokens ?? maxModelLength);
  if (maxTokens > maxModelLength) throw tooManyTokens(request.maxTokensParam, maxTokens, maxModelLength);
  const prompts = request.prompts.map((prompt): PreparedPrompt => {
    const { text, tokens } = readPrompt(prompt, context.vocabulary, maxModelLength);
    const room = Math.min(maxTokens, maxModelLength - tokens);
    checkSampling(request.sampling, room);
    return { text, tokens, maxTokens: room };
  });
  return { adapter, prompts };
}

/** Throws a 503 when so many more sequences would be too many. */
export function admit(sequences: number, { scheduler, settings, metrics }: EngineContext): void {
  if (scheduler.running + scheduler.waiting + sequences <= settings.maxQueuedRequests) return;
  metrics.rejected();
  throw queueFull();
}

/** The text of a prompt and its tokens; throws a 400 when there are none, or more than the context holds. */
export function readPrompt(prompt: Prompt, vocabulary: Vocabulary, maxModelLength: number): ReadPrompt {
  const tokens = typeof prompt === "string" ? countTokens(prompt) : prompt.length;
  if (tokens > maxModelLength) throw tooLong(tokens, maxModelLength, typeof prompt === "string");
  if (tokens === 0) throw unacceptable("The decoder prompt cannot be empty");
  if (typeof prompt === "string") return { text: prompt, tokens };
  checkTokenIds(prompt);
  return { text: vocabulary.text(prompt), tokens };
}

function tooLong(tokens: number, maxModelLength: number, isText: boolean): Error {
  // vLLM stops counting a text's tokens when there are too many.
  const counted = isText ? maxModelLength + 1 : tokens;
  const qualifier = counted === maxModelLength + 1 ? "at least " : "";
  const message =
    `This model's maximum context length is ${maxModelLength} tokens. However, your prompt contains ${qualifier}` +
    `${counted} input tokens, which exceeds this limit even without any output tokens. Please reduce the length of the ` +
    "input prompt.";
  return unacceptable(message, "input_tokens", counted);
}

const tooManyTokens = (param: string, maxTokens: number, maxModelLength: number): Error =>
  unacceptable(
    `${param}=${maxTokens} cannot be greater than max_model_len=${maxModelLength}. Please request fewer output tokens.`,
    param,
    maxTokens,
  );
