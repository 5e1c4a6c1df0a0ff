import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestMetrics } from "./metrics.ts";
import type { CheckedRequest } from "./proxy/request-checks.ts";
import type { Usage } from "./proxy/usage.ts";
import type { Outcome } from "./request-log/record.ts";
import type { Route } from "./routes.ts";
import type { ServedModels } from "./served-models.ts";
import type { RequestTrace } from "./tracing.ts";

/** What can be read in an engine's answer. */
export interface AnswerFacts {
  readonly usage: Usage;
  /** `ok` unless the engine says inside the answer that it failed. */
  readonly outcome: Outcome;
}

/** One request and its answer, from arrival to the answer's last byte, with what is learnt on the way. */
export interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly route: Route;
  /** `x-request-id` as it came, or one made here. */
  readonly requestId: string;
  /** Headers of every answer, whoever gives it: name, value, name, value. */
  readonly headers: readonly string[];
  readonly trace: RequestTrace;
  readonly metrics: RequestMetrics;
  /** Wall clock of the arrival, in milliseconds since 1970. */
  readonly arrivedAt: number;
  /** Monotonic clock of the arrival, in milliseconds. */
  readonly startedAt: number;
  /** Name the request is counted under: the base model, an adapter that exists, or `other`. */
  model: string;
  /** The request's checked body; `undefined` as long as there is none. */
  request: CheckedRequest | undefined;
  /** What the engine's answer says of itself; `undefined` before it has begun, and for answers nobody looks into. */
  answer: AnswerFacts | undefined;
  /** How the engine broke an answer off that had begun; `undefined` when it did not. */
  failure: Outcome | undefined;
  /** Monotonic clock of the first chunk of a stream. */
  firstTokenAt: number | undefined;
}

/** Request ids that are taken from clients: anything else could not be searched for, or break a log line. */
const REQUEST_ID = /^[!-~]{1,128}$/;

/** What an exchange begins with. */
export type ExchangeStart = Pick<Exchange, "incoming" | "outgoing" | "route" | "trace" | "metrics">;

/** Begins an exchange of `version` at the present time, counted under the base model until it asks for another. */
export function startExchange(start: ExchangeStart, version: string, model: string): Exchange {
  const given = start.incoming.headers["x-request-id"];
  const requestId = typeof given === "string" && REQUEST_ID.test(given) ? given : randomUUID();
  return {
    ...start,
    requestId,
    headers: ["x-model-version", version, "x-request-id", requestId],
    arrivedAt: Date.now(),
    startedAt: performance.now(),
    model,
    request: undefined,
    answer: undefined,
    failure: undefined,
    firstTokenAt: undefined,
  };
}

/** Counts an exchange under the model it asks for, as far as that is known to exist. */
export function countUnderModel(exchange: Exchange, models: ServedModels, accepted: boolean): void {
  exchange.model = models.name(exchange.request?.model ?? "", accepted);
  exchange.metrics.setModel(exchange.model);
}

/** How an exchange ended whose connection has closed. */
export function outcomeOf({ answer, failure, outgoing }: Exchange): Outcome {
  if (answer !== undefined && answer.outcome !== "ok") return answer.outcome;
  if (failure !== undefined) return failure;
  if (!outgoing.writableFinished) return "client_abort";
  const { statusCode: status } = outgoing;
  if (status === 503 || status === 429) return "overloaded";
  if (status >= 500) return "engine_error";
  return status >= 400 ? "client_error" : "ok";
}
