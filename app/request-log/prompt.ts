import { isJsonObject } from "../json.ts";
import type { LoggedMessage, LoggedParameters, RequestRecord } from "./record.ts";
import { redact, redactHead } from "./redaction.ts";

const isAbsent = (value: unknown): value is undefined | null => value === undefined || value === null;

/** What is logged of a request's prompt. */
export interface LoggedPrompt {
  /** Redacted; null where there is no prompt of text. */
  readonly prompt: RequestRecord["prompt"];
  /** Whether the prompt had more than this: more characters, or parts that are no text. */
  readonly truncated: boolean;
}

const NO_PROMPT: LoggedPrompt = { prompt: null, truncated: false };

/**
 * What is logged of the prompt of a parsed request body: the messages of a chat, where there are any, else a `prompt`
 * that is one text, alone or in an array. Texts are redacted and cut at `maxCharacters` (UTF-16 code units) in total.
 * An image or another part that is no text leaves only its type, as in `[image_url]`; tool calls leave nothing.
 */
export function loggedPrompt(body: unknown, maxCharacters: number): LoggedPrompt {
  if (!isJsonObject(body)) return NO_PROMPT;
  const { messages, prompt } = body;
  if (!isAbsent(messages)) return loggedMessages(messages, maxCharacters);
  const text: unknown = Array.isArray(prompt) && prompt.length === 1 ? prompt[0] : prompt;
  if (typeof text !== "string") return NO_PROMPT;
  const head = redactHead(text, maxCharacters);
  return { prompt: head.text, truncated: head.truncated };
}

interface MessageText {
  readonly role: string;
  readonly text: string;
  /** Whether the message holds nothing but this text. */
  readonly whole: boolean;
}

function loggedMessages(messages: unknown, maxCharacters: number): LoggedPrompt {
  if (!Array.isArray(messages)) return NO_PROMPT;
  const logged: LoggedMessage[] = [];
  let left = maxCharacters;
  let truncated = false;
  for (const message of messages) {
    const read = readMessage(message);
    if (read === undefined) return NO_PROMPT;
    if (left <= 0) return { prompt: logged, truncated: true };
    const { text: content, truncated: cut } = redactHead(read.text, left);
    logged.push({ role: read.role, content });
    left -= read.role.length + content.length;
    if (cut) return { prompt: logged, truncated: true };
    truncated ||= !read.whole;
  }
  return { prompt: logged, truncated };
}

/** Roles are names; anything else in their place could be a text that is logged as it came. */
const isRole = (value: unknown): value is string => typeof value === "string" && /^[a-z_]{1,32}$/i.test(value);

function readMessage(message: unknown): MessageText | undefined {
  if (!isJsonObject(message) || !isRole(message["role"])) return undefined;
  const { role, content, ...others } = message;
  const parts = isAbsent(content) ? [] : Array.isArray(content) ? content : [content];
  const texts = parts.map(textOf);
  return {
    role,
    text: texts.map((text, index) => text ?? markOf(parts[index])).join("\n"),
    whole: texts.every((text) => text !== undefined) && Object.values(others).every(isAbsent),
  };
}

function textOf(part: unknown): string | undefined {
  if (typeof part === "string") return part;
  return isJsonObject(part) && part["type"] === "text" && typeof part["text"] === "string" ? part["text"] : undefined;
}

const PART_TYPES: readonly unknown[] = ["image_url", "input_audio", "audio_url", "video_url", "file", "refusal"];

function markOf(part: unknown): string {
  const type = isJsonObject(part) ? part["type"] : undefined;
  return PART_TYPES.includes(type) ? `[${String(type)}]` : "[part]";
}

const MAX_STOPS = 16;
const MAX_STOP_CHARACTERS = 256;

const WHOLE_NUMBERS = ["max_tokens", "top_k", "n", "seed"] as const;
const NUMBERS = ["temperature", "top_p", "presence_penalty", "frequency_penalty"] as const;

type Numbers = Partial<Record<(typeof WHOLE_NUMBERS)[number] | (typeof NUMBERS)[number], number>>;

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);

/**
 * What is logged of the sampling parameters of a parsed request body: fields of the right type, others are left out. In
 * a chat, `max_completion_tokens` goes before `max_tokens`. Of the stop texts, the first 16 that have 1 to 256
 * characters, redacted.
 */
export function loggedParameters(body: unknown): LoggedParameters {
  if (!isJsonObject(body)) return {};
  const numbers: Numbers = {};
  for (const name of WHOLE_NUMBERS) {
    const value = body[name];
    if (isWhole(value)) numbers[name] = value;
  }
  for (const name of NUMBERS) {
    const value = body[name];
    if (isNumber(value)) numbers[name] = value;
  }
  const { messages, max_completion_tokens: maxTokens } = body;
  if (!isAbsent(messages) && isWhole(maxTokens)) numbers.max_tokens = maxTokens;
  const stop = loggedStops(body["stop"]);
  return stop.length === 0 ? numbers : { ...numbers, stop };
}

function loggedStops(stop: unknown): readonly string[] {
  const stops: readonly unknown[] = Array.isArray(stop) ? stop : [stop];
  return stops
    .filter((text) => typeof text === "string")
    .filter(({ length }) => length > 0 && length <= MAX_STOP_CHARACTERS)
    .slice(0, MAX_STOPS)
    .map(redact);
}
