/** Version of {@link RequestRecord}: it grows when a field changes its meaning or goes, not when one is added. */
export const REQUEST_RECORD_SCHEMA = "vllm-request/1";

/**
 * How a request ended. `ok`: the whole answer was delivered. `client_error`: refused for a fault of the client's (4xx).
 * `overloaded`: refused because of load or shutdown (503, 429). `engine_error`: any other 5xx before the first byte of
 * the answer. After that byte, with status 200: `stream_error`, the engine reported an error in the stream;
 * `stream_abort`, it ended a choice with `finish_reason: "abort"`; `stream_cut`, its connection broke; `stream_timeout`,
 * it fell silent. `client_abort`: the client left before the end.
 */
export const OUTCOMES = [
  "ok",
  "client_error",
  "overloaded",
  "engine_error",
  "stream_error",
  "stream_abort",
  "stream_cut",
  "stream_timeout",
  "client_abort",
] as const;

/** One of {@link OUTCOMES}. */
export type Outcome = (typeof OUTCOMES)[number];

/** A chat message as the client sent it, cut down to its role and its text parts. */
export interface LoggedMessage {
  readonly role: string;
  readonly content: string;
}

/** Sampling parameters a client may set and a replay needs; one that was not sent, or has a wrong type, is absent. */
export interface LoggedParameters {
  readonly max_tokens?: number;
  readonly temperature?: number;
  readonly top_p?: number;
  readonly top_k?: number;
  readonly n?: number;
  readonly seed?: number;
  readonly presence_penalty?: number;
  readonly frequency_penalty?: number;
  readonly stop?: readonly string[];
}

/** The line that is written for each request: one JSON object, keys in this order. */
export interface RequestRecord {
  readonly schema: typeof REQUEST_RECORD_SCHEMA;
  /** When the request arrived, ISO 8601 in UTC with milliseconds. */
  readonly time: string;
  /** `x-request-id` as it came, or one that was made. */
  readonly request_id: string;
  /** W3C trace id, 32 hexadecimal digits; null without a trace. */
  readonly trace_id: string | null;
  /** Release version that answered. */
  readonly version: string;
  /** Served model, or the adapter's name where one was asked for; `other` for names that are not served. */
  readonly model: string;
  /** LoRA adapter that answered; null for the base model. */
  readonly lora: string | null;
  /** Route template, such as `/v1/completions`. */
  readonly route: string;
  /** Whether a stream was asked for. */
  readonly stream: boolean;
  readonly parameters: LoggedParameters;
  /**
   * The prompt after redaction: a text, or the messages of a chat. Null when prompts are not logged, the client said
   * `x-no-log: true`, or it is no text (token ids, several prompts).
   */
  readonly prompt: string | readonly LoggedMessage[] | null;
  /**
   * True when the prompt was longer than is logged, or had parts that are no text, such as images and tool calls; such a
   * prompt must not be replayed.
   */
  readonly prompt_truncated: boolean;
  /** True when the client opted out by `x-no-log: true`. */
  readonly no_log: boolean;
  /** As the engine reported them; null where it did not. */
  readonly prompt_tokens: number | null;
  /** As the engine reported them, else the number of streamed chunks with content; null where neither is known. */
  readonly completion_tokens: number | null;
  /** From arrival to the first chunk with content, in seconds; null for an answer that was not streamed. */
  readonly time_to_first_token_seconds: number | null;
  /** From arrival to the end of the answer, in seconds. */
  readonly latency_seconds: number;
  /** HTTP status sent; 499 when the client left before any was. */
  readonly status: number;
  readonly outcome: Outcome;
}
