import { malformed, unacceptable } from "../errors.ts";
import { isJsonObject, type JsonObject } from "../json.ts";

/** What one request may ask for. */
export interface RequestLimits {
  /** Largest request body, in bytes. */
  readonly maxRequestBytes: number;
  /** Most tokens a choice may be given; `undefined` leaves it to the engine. */
  readonly maxTokens: number | undefined;
  /** Most choices: `n` times the number of prompts. */
  readonly maxChoices: number;
}

/** What the service needs to know of a request's body. */
export interface CheckedRequest {
  /** The body, parsed; an empty object where it is an array or a plain value, which the engine will refuse. */
  readonly fields: JsonObject;
  /** Model that was asked for; empty for the served one. */
  readonly model: string;
  /** Whether a stream was asked for. */
  readonly stream: boolean;
}

const TOKEN_LIMITS = ["max_tokens", "max_completion_tokens", "max_output_tokens"];

/**
 * Checks the body of an inference request. Only what the service limits is looked at, and more strictly than the engine
 * does, which takes "5" for 5; all else is the engine's to refuse, in its own words. Throws an `ApiError` of status 400.
 */
export function checkRequest(body: Buffer, limits: RequestLimits): CheckedRequest {
  const parsed = parse(body);
  const fields = isJsonObject(parsed) ? parsed : {};
  const model = fields["model"] ?? "";
  if (typeof model !== "string") throw malformed("`model` must be a string.", "body.model");
  for (const name of TOKEN_LIMITS) checkTokens(name, wholeNumber(fields, name), limits.maxTokens);
  checkChoices(fields, limits.maxChoices);
  return { fields, model, stream: fields["stream"] === true };
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw malformed(`The request body is not valid JSON: ${error instanceof Error ? error.message : ""}`);
  }
}

function wholeNumber(fields: JsonObject, name: string): number | undefined {
  const value = Object.hasOwn(fields, name) ? (fields[name] ?? undefined) : undefined;
  if (value === undefined) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value))
    throw malformed(`\`${name}\` must be a whole number.`, `body.${name}`);
  return value;
}

function checkTokens(name: string, asked: number | undefined, most: number | undefined): void {
  if (asked === undefined || most === undefined || asked <= most) return;
  throw unacceptable(`\`${name}\` must be at most ${most}, got ${asked}.`, name);
}

function checkChoices(fields: JsonObject, most: number): void {
  const { prompt } = fields;
  // An array of numbers is one prompt in token ids.
  const prompts = Array.isArray(prompt) && typeof prompt[0] !== "number" ? prompt.length : 1;
  const choices = prompts * (wholeNumber(fields, "n") ?? 1);
  if (choices > most) {
    throw unacceptable(`\`n\` times the number of prompts must be at most ${most}, got ${choices}.`, "n");
  }
}
