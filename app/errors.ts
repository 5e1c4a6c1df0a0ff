import type { ContentfulStatusCode } from "hono/utils/http-status";

/** Body of every error answer, in vLLM's form: `code` repeats the HTTP status as a number. */
export interface ErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    /** Request parameter at fault, null when none is. */
    readonly param: string | null;
    readonly code: number;
  };
}

/** An error that the client is told about. */
export class ApiError extends Error {
  /** HTTP status of the answer. */
  readonly status: ContentfulStatusCode;
  /** Error type in vLLM's naming, such as `NotFoundError`. */
  readonly type: string;
  /** Request parameter at fault, null when none is. */
  readonly param: string | null;

  constructor(status: ContentfulStatusCode, type: string, message: string, param: string | null = null) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.type = type;
    this.param = param;
  }

  /** The answer's body. */
  body(): ErrorBody {
    return { error: { message: this.message, type: this.type, param: this.param, code: this.status } };
  }
}

/** 400: the body is not what the route expects at all, or a parameter, named as `body.n`, has the wrong type. */
export const malformed = (message: string, param: string | null = null): ApiError =>
  new ApiError(400, "Bad Request", message, param);

/** 400: a parameter has the right type and a value that cannot be served. */
export const unacceptable = (message: string, param: string): ApiError =>
  new ApiError(400, "BadRequestError", message, param);

/** 404: there is no such path. */
export const unknownPath = (): ApiError => new ApiError(404, "Not Found", "Not Found");

/** 405: the path exists, with another method. */
export const wrongMethod = (): ApiError => new ApiError(405, "Method Not Allowed", "Method Not Allowed");

/** 413: the body is larger than `limit` bytes. */
export const bodyTooLarge = (limit: number): ApiError =>
  new ApiError(413, "Content Too Large", `The request body is larger than ${limit} bytes.`);

/** 503: there are `limit` requests at a time already. */
export const overloaded = (limit: number): ApiError =>
  new ApiError(503, "ServiceUnavailableError", `The service is overloaded: it takes ${limit} requests at a time.`);

/** 503: the process is about to end; another one will serve the request. */
export const shuttingDown = (): ApiError =>
  new ApiError(503, "ServiceUnavailableError", "This replica is shutting down.");

/** 500: our own fault; the details go to the log, not to the client. */
export const internalError = (): ApiError => new ApiError(500, "InternalServerError", "Internal server error.");
