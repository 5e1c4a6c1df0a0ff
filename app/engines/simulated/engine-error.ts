/** An error that the client is told about in vLLM's envelope. */
export class EngineError extends Error {
  /** HTTP status of the answer. */
  readonly status: number;
  /** Error type in vLLM's naming, such as `NotFoundError`. */
  readonly type: string;
  /** Request parameter at fault, null when none is. */
  readonly param: string | null;

  constructor(status: number, type: string, message: string, param: string | null = null) {
    super(message);
    this.name = "EngineError";
    this.status = status;
    this.type = type;
    this.param = param;
  }

  /** The answer's body; `code` repeats the status. */
  body() {
    return { error: { message: this.message, type: this.type, param: this.param, code: this.status } };
  }
}

/** 400: a value that cannot be served; like vLLM the message repeats parameter and value where they are given. */
export function unacceptable(message: string, param: string | null = null, value?: number | string): EngineError {
  const details = [
    ...(param === null ? [] : [`parameter=${param}`]),
    ...(value === undefined ? [] : [`value=${value}`]),
  ];
  const suffix = details.length === 0 ? "" : ` (${details.join(", ")})`;
  return new EngineError(400, "BadRequestError", message + suffix, param);
}

/** 404: neither the served model nor an adapter that is loaded has that name. */
export const unknownModel = (name: string, served: string): EngineError =>
  new EngineError(404, "NotFoundError", `The model \`${name}\` does not exist. Valid aliases: ${served}.`, "model");

/** 503: as many sequences as the engine takes on are there. */
export const queueFull = (): EngineError =>
  new EngineError(
    503,
    "Service Unavailable",
    "The engine is currently busy and cannot accept new requests. " +
      "Please try again later or on a different instance.",
  );

/** 503: somebody has paused the engine. */
export const paused = (): EngineError =>
  new EngineError(503, "ServiceUnavailableError", "Generation is paused. Please retry after it resumes.");

/** 500: the engine failed. */
export const failed = (): EngineError => new EngineError(500, "InternalServerError", "Internal server error");
