import { Pool } from "undici";
import { ApiError } from "../errors.ts";
import { countUnderModel, type Exchange } from "../exchange.ts";
import type { ServedModels } from "../served-models.ts";
import { answerError } from "./answer-error.ts";
import { headersToEngine } from "./headers.ts";
import { readBody } from "./read-body.ts";
import { createRelay } from "./relay.ts";
import { checkRequest, type RequestLimits } from "./request-checks.ts";

/** What the proxy is made of. */
export interface ProxyOptions extends RequestLimits {
  /** The engine: `http://host:port`. */
  readonly origin: string;
  /** Longest wait for the first byte of an answer, in milliseconds. */
  readonly engineTimeoutMs: number;
  /** Longest silence inside an answer, in milliseconds. */
  readonly engineIdleTimeoutMs: number;
  readonly models: ServedModels;
}

/** Hands requests to the engine and its answers to the clients. */
export interface Proxy {
  /** Serves one request to its end; every failure ends in an answer. */
  serve(exchange: Exchange): void;
  /** Whether the engine says that it is well. Never rejects. */
  isEngineHealthy(): Promise<boolean>;
  /** Closes all connections to the engine. */
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 5000;
/** Less than the probe's own limit of 2 s. */
const HEALTH_TIMEOUT_MS = 1500;
// vLLM closes idle connections after 5 s. Were ours to live as long, a request could be sent into a closing one.
const KEEP_ALIVE_MS = 4000;

/** Creates a proxy with a pool of connections to the engine, as many as there are requests at a time. */
export function createProxy(options: ProxyOptions): Proxy {
  const { models } = options;
  const pool = new Pool(options.origin, {
    connections: null,
    pipelining: 1,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    headersTimeout: options.engineTimeoutMs,
    bodyTimeout: options.engineIdleTimeoutMs,
  });
  const forward = (exchange: Exchange, body: Buffer | null): void => {
    const headers = headersToEngine(exchange);
    exchange.metrics.handedToEngine();
    const { method = "GET", url: path = "/" } = exchange.incoming;
    pool.dispatch({ path, method, headers, body }, createRelay(exchange, models));
  };
  return {
    serve(exchange) {
      const { incoming } = exchange;
      if (incoming.method === "GET") {
        forward(exchange, null);
        return;
      }
      readBody(incoming, options.maxRequestBytes, (body) => {
        const refusal = body instanceof ApiError ? body : refusalOf(exchange, body, options);
        if (refusal !== undefined) {
          countUnderModel(exchange, models, false);
          answerError(exchange.outgoing, refusal, exchange.headers);
        } else if (!(body instanceof ApiError)) {
          forward(exchange, body);
        }
      });
    },
    isEngineHealthy: () => isHealthy(pool),
    close: () => pool.destroy(),
  };
}

async function isHealthy(pool: Pool): Promise<boolean> {
  try {
    const timeout = { headersTimeout: HEALTH_TIMEOUT_MS, bodyTimeout: HEALTH_TIMEOUT_MS };
    const { statusCode, body } = await pool.request({ path: "/health", method: "GET", ...timeout });
    await body.dump();
    return statusCode === 200;
  } catch {
    return false;
  }
}

/** Checks a request whose body is JSON; sound, in a form of its own, is the engine's to check. */
function refusalOf(exchange: Exchange, body: Buffer, limits: RequestLimits): ApiError | undefined {
  if (exchange.route.startsWith("/v1/audio/")) return undefined;
  try {
    exchange.request = checkRequest(body, limits);
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}
