import type { Engine, GenerationRequest } from "./engines/engine.ts";
import { malformed, unacceptable, unknownModel } from "./errors.ts";

/** A checked `POST /v1/completions` body. Fields that are not listed here are accepted and have no effect. */
export interface CompletionRequest extends GenerationRequest {
  /** `stream`: answer with server-sent events. Default false. */
  readonly stream: boolean;
  /** `stream_options.include_usage`: end the stream with a usage event. Default false. */
  readonly includeUsage: boolean;
}

/** Most choices one request may ask for, all prompts together: bounds what one request can make us hold. */
export const MAX_CHOICES = 128;

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === "string";
const isFlag = (value: unknown): value is boolean => typeof value === "boolean";
const isWhole = (value: unknown): value is number => Number.isInteger(value);
const isPrompt = (value: unknown): value is string | string[] =>
  isText(value) || (Array.isArray(value) && value.every(isText));

/**
 * Checks a parsed body: types first, then the model, then values, as vLLM does. A null field counts as absent, and an
 * absent model means the served one. Throws an `ApiError` of status 400 or 404 that names the parameter.
 */
export function parseCompletionRequest(body: unknown, model: string, engine: Engine): CompletionRequest {
  if (!isFields(body)) throw malformed("The request body must be a JSON object.");
  const asked = read(body, "model", isText, "a string", model);
  const prompt = read(body, "prompt", isPrompt, "a string or an array of strings", []);
  const choicesPerPrompt = read(body, "n", isWhole, "a whole number", 1);
  const maxTokens = read(body, "max_tokens", isWhole, "a whole number", 16);
  const seed = read<number | undefined>(body, "seed", isWhole, "a whole number", undefined);
  const ignoreEndOfText = read(body, "ignore_eos", isFlag, "true or false", false);
  const stream = read(body, "stream", isFlag, "true or false", false);
  const includeUsage = readIncludeUsage(body, stream);
  if (asked !== model && asked !== "") throw unknownModel(asked);
  const prompts = isText(prompt) ? [prompt] : prompt;
  checkValues(prompts, choicesPerPrompt, maxTokens);
  const promptTokens = countPromptTokens(prompts, maxTokens, engine);
  return { prompts, promptTokens, choicesPerPrompt, maxTokens, seed, ignoreEndOfText, stream, includeUsage };
}

function read<T>(fields: Fields, name: string, accept: (value: unknown) => value is T, wanted: string, fallback: T): T {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (value === undefined || value === null) return fallback;
  if (!accept(value)) throw malformed(`\`${name}\` must be ${wanted}.`, name);
  return value;
}

function readIncludeUsage(body: Fields, stream: boolean): boolean {
  const options = read<Fields | undefined>(body, "stream_options", isFields, "an object", undefined);
  if (options === undefined) return false;
  if (!stream) throw unacceptable("Stream options can only be defined when `stream` is true.", "stream_options");
  return read(options, "include_usage", isFlag, "true or false", false);
}

function checkValues(prompts: readonly string[], choicesPerPrompt: number, maxTokens: number): void {
  if (prompts.length === 0 || prompts.includes("")) throw unacceptable("`prompt` must not be empty.", "prompt");
  if (choicesPerPrompt < 1) throw unacceptable(`\`n\` must be at least 1, got ${choicesPerPrompt}.`, "n");
  if (maxTokens < 1) throw unacceptable(`\`max_tokens\` must be at least 1, got ${maxTokens}.`, "max_tokens");
  const choices = prompts.length * choicesPerPrompt;
  if (choices > MAX_CHOICES) {
    throw unacceptable(`\`n\` times the number of prompts must be at most ${MAX_CHOICES}, got ${choices}.`, "n");
  }
}

function countPromptTokens(prompts: readonly string[], maxTokens: number, engine: Engine): number {
  const counts = prompts.map((prompt) => engine.countTokens(prompt));
  const longest = Math.max(...counts);
  if (longest + maxTokens > engine.maxModelLength) {
    const asked = `${longest} in the prompt and ${maxTokens} for the answer`;
    throw unacceptable(`The model's context holds ${engine.maxModelLength} tokens; asked: ${asked}.`, "max_tokens");
  }
  return counts.reduce((sum, count) => sum + count, 0);
}
