import type { IncomingHttpHeaders } from "node:http";
import type { ApiError } from "../errors.ts";
import type { Exchange } from "../exchange.ts";
import { isGeneration } from "../routes.ts";
import { openChunkedBody } from "./chunked-body.ts";
import { endedEarly, type EngineFailure } from "./engine-failure.ts";
import { headersToClient } from "./headers.ts";
import type { AnswerSink } from "./relay.ts";
import { createSseReader } from "./sse-reader.ts";
import { createStreamObserver } from "./stream-observer.ts";

/**
 * Passes a stream of events on, byte for byte and at once, and observes it. A stream that breaks, or that ends without
 * its closing event, is given an event with the error, and the closing event that clients wait for.
 */
export function createStreamSink(exchange: Exchange, status: number, headers: IncomingHttpHeaders): AnswerSink {
  const { outgoing, metrics, route } = exchange;
  const observer = createStreamObserver({
    firstToken(at) {
      exchange.firstTokenAt = at;
      metrics.firstToken((at - exchange.startedAt) / 1000, exchange.trace.exemplar);
    },
    token(milliseconds) {
      metrics.token(milliseconds / 1000);
    },
  });
  const reader = createSseReader(observer.event);
  const close = (failure?: EngineFailure): void => {
    exchange.failure = failure?.outcome;
    body.end(failure === undefined ? reader.rest() : errorEvents(failure.error));
  };
  exchange.answer = observer;
  const body = openChunkedBody(outgoing, status, [...exchange.headers, ...headersToClient(headers)]);
  return {
    write(chunk) {
      const events = reader.push(chunk);
      return events === "" || body.write(events);
    },
    end() {
      close(isGeneration(route) && !observer.done ? endedEarly() : undefined);
    },
    fail: close,
  };
}

const errorEvents = (error: ApiError): string =>
  Buffer.from(`data: ${JSON.stringify(error.body())}\n\ndata: [DONE]\n\n`).toString("latin1");
