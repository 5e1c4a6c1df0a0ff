import { ApiError, shuttingDown } from "../errors.ts";
import type { Outcome } from "../request-log/record.ts";

/** What a broken exchange with the engine means to the client. */
export interface EngineFailure {
  /** What the client is told: as the answer, or as the last event of a stream that has begun. */
  readonly error: ApiError;
  /** How it counts when the answer had begun. */
  readonly outcome: Extract<Outcome, "stream_cut" | "stream_timeout">;
}

const UNREACHABLE = ["ECONNREFUSED", "UND_ERR_CONNECT_TIMEOUT", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH"];
const TIMEOUTS = ["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"];

/** Tells what an error of the connection to the engine means. */
export function engineFailure(error: Error): EngineFailure {
  const code = "code" in error ? String(error.code) : "";
  if (code === "UND_ERR_DESTROYED") return { error: shuttingDown(), outcome: "stream_cut" };
  if (UNREACHABLE.includes(code)) {
    return failure(503, "ServiceUnavailableError", "The engine cannot be reached; it may be starting or stopping.");
  }
  if (TIMEOUTS.includes(code)) {
    return failure(504, "GatewayTimeoutError", "The engine did not answer in time.", "stream_timeout");
  }
  return failure(502, "BadGatewayError", "The engine's connection broke before the answer was complete.");
}

/** A stream that the engine ended without its closing event. */
export const endedEarly = (): EngineFailure =>
  failure(502, "BadGatewayError", "The engine ended the stream before the answer was complete.");

function failure(
  status: 502 | 503 | 504,
  type: string,
  message: string,
  outcome: EngineFailure["outcome"] = "stream_cut",
): EngineFailure {
  return { error: new ApiError(status, type, message), outcome };
}
