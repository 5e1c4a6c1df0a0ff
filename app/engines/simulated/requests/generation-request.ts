import { unacceptable } from "../engine-error.ts";
import type { JsonObject } from "../../../json.ts";
import { own, type Fields } from "./fields.ts";
import type { Prompt } from "./prompts.ts";
import { readSampling, type Sampling } from "./sampling.ts";
import { flag, text } from "./values.ts";

/** A request for text whose types are right; its values have yet to be checked. */
export interface GenerationRequest {
  /** The served model or an adapter; null or empty for the served model. */
  readonly model: string | null;
  /** `request_id` of the body; null when it has none. */
  readonly requestId: string | null;
  readonly prompts: readonly Prompt[];
  /** What the answer should be about; null: the prompt itself. */
  readonly question: string | null;
  /** Tokens that each answer may have at most; null: as many as the context has room for. */
  readonly maxTokens: number | null;
  /** Which parameter said so. */
  readonly maxTokensParam: "max_tokens" | "max_completion_tokens";
  readonly sampling: Sampling;
  /** Whether the prompt comes before each answer. */
  readonly echo: boolean;
  readonly stream: boolean;
  /** Whether a stream ends with its usage. */
  readonly includeUsage: boolean;
  /** Whether each chunk of a stream has the usage so far. */
  readonly continuousUsage: boolean;
}

/** What both ways to ask for text have in common. */
export type CommonRequest = Pick<
  GenerationRequest,
  "model" | "requestId" | "sampling" | "stream" | "includeUsage" | "continuousUsage"
>;

/** Reads what both ways to ask for text have in common; `n` has been read. */
export function readCommon(fields: Fields, n: number): CommonRequest {
  const options = fields.object("stream_options");
  const includeUsage = options?.readOptional("include_usage", flag, false) ?? false;
  const continuousUsage = options?.readOptional("continuous_usage_stats", flag, false) ?? false;
  return {
    model: fields.readOptional("model", text, null),
    requestId: fields.read("request_id", text, null),
    sampling: readSampling(fields, n),
    stream: fields.readOptional("stream", flag, false),
    includeUsage,
    continuousUsage: includeUsage && continuousUsage,
  };
}

/** Throws a 400 for `stream_options` without a stream. Like vLLM this looks at the raw values, before their types. */
export function checkStreamOptions(body: JsonObject): void {
  if (isTruthy(own(body, "stream_options")) && !isTruthy(own(body, "stream"))) {
    throw unacceptable("Stream options can only be defined when `stream=True`.", "stream_options");
  }
}

/** Throws a 400 for a number of log probabilities that there cannot be. They are accepted otherwise, and answered null. */
export function checkLogProbabilities(body: JsonObject, names: readonly string[]): void {
  for (const name of names) {
    const value = own(body, name) ?? null;
    if (value === null || typeof value === "boolean") continue;
    if (typeof value !== "number") throw unacceptable(`\`${name}\` must be an integer.`, name, JSON.stringify(value));
    if (value < 0 && value !== -1) throw unacceptable(`\`${name}\` must be a positive value or -1.`, name, value);
  }
}

/** What Python takes for true. */
function isTruthy(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return typeof value === "object" && value !== null ? Object.keys(value).length > 0 : Boolean(value);
}
