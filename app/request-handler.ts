import type { IncomingMessage, ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { createApi, PROBE_PATHS } from "./api.ts";
import type { Drain } from "./drain.ts";
import { overloaded, shuttingDown, type ApiError } from "./errors.ts";
import { startExchange } from "./exchange.ts";
import { finishExchange, type FinishOptions } from "./finish.ts";
import { answerInternalError, type OnRequest } from "./http-server.ts";
import type { Metrics } from "./metrics.ts";
import { answerError } from "./proxy/answer-error.ts";
import type { Proxy } from "./proxy/proxy.ts";
import { MODELS_ROUTE, routeOf, type Route } from "./routes.ts";
import type { Tracing } from "./tracing.ts";

/** What the API port works with. */
export interface RequestHandlerOptions extends FinishOptions {
  /** Served base model. */
  readonly model: string;
  /** Requests at a time; more are refused. */
  readonly maxConcurrentRequests: number;
  readonly drain: Drain;
  readonly proxy: Proxy;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
}

/**
 * Handles every request of the API port: probes by themselves, all others measured and logged; inference goes to the
 * proxy on the raw connection, since web streams would cost several times as much, the rest to Hono.
 */
export function createRequestHandler(options: RequestHandlerOptions): OnRequest {
  const { version, model, metrics, tracing, drain, proxy } = options;
  const isReady = async (): Promise<boolean> => !drain.draining && (await proxy.isEngineHealthy());
  const answerOther = getRequestListener(createApi(isReady).fetch, { errorHandler: answerInternalError });
  return (incoming, outgoing) => {
    const path = pathOf(incoming);
    if (PROBE_PATHS.includes(path)) {
      outgoing.setHeader("x-model-version", version);
      outgoing.shouldKeepAlive &&= !drain.draining;
      void answerOther(incoming, outgoing);
      return;
    }
    drain.track(outgoing);
    const route = routeOf(path);
    const { headers, method = "GET" } = incoming;
    const trace = tracing.start(method, route, headers["traceparent"]?.toString(), headers["tracestate"]?.toString());
    const exchange = startExchange({ incoming, outgoing, route, trace, metrics: metrics.start(route) }, version, model);
    outgoing.once("close", () => {
      finishExchange(exchange, options);
    });
    const refusal = refusalNow(options);
    if (refusal !== undefined) answerError(outgoing, refusal, exchange.headers);
    else if (isInference(route, method)) proxy.serve(exchange);
    else {
      setHeaders(outgoing, exchange.headers);
      void answerOther(incoming, outgoing);
    }
  };
}

function pathOf({ url = "/" }: IncomingMessage): string {
  const query = url.indexOf("?");
  return query === -1 ? url : url.slice(0, query);
}

function refusalNow({ drain, maxConcurrentRequests: most }: RequestHandlerOptions): ApiError | undefined {
  if (drain.draining) return shuttingDown();
  return drain.open > most ? overloaded(most) : undefined;
}

const isInference = (route: Route, method: string): boolean =>
  route !== "other" && method === (route === MODELS_ROUTE ? "GET" : "POST");

function setHeaders(outgoing: ServerResponse, headers: readonly string[]): void {
  for (let i = 0; i + 1 < headers.length; i += 2) outgoing.setHeader(headers[i] ?? "", headers[i + 1] ?? "");
}
