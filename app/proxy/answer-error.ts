import type { ServerResponse } from "node:http";
import type { ApiError } from "../errors.ts";

const RETRY_AFTER_SECONDS = "1";

/** The header that comes with a status which says: later. */
export const retryAfter = (status: number): readonly string[] =>
  status === 503 || status === 429 ? ["retry-after", RETRY_AFTER_SECONDS] : [];

/** Answers with an error in vLLM's envelope, and with the headers given: name, value, name, value. */
export function answerError(outgoing: ServerResponse, error: ApiError, headers: readonly string[]): void {
  const body = JSON.stringify(error.body());
  const own = ["content-type", "application/json", "content-length", String(Buffer.byteLength(body))];
  outgoing.writeHead(error.status, [...headers, ...own, ...retryAfter(error.status)]);
  outgoing.end(body);
}
