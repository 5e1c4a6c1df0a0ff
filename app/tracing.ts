import type { Outcome } from "./request-log/record.ts";
import type { Route } from "./routes.ts";

/** What a span tells about how its request ended. */
export interface TraceResult {
  /** HTTP status sent; of no account when the client left. */
  readonly status: number;
  readonly outcome: Outcome;
  /** What was asked for; undefined where nobody knows. */
  readonly model: string | undefined;
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  /** From arrival to the first chunk with content of a stream, in seconds; null when there was none. */
  readonly timeToFirstTokenSeconds: number | null;
}

/** The W3C trace context of one request. */
export interface RequestTrace {
  /** 32 hexadecimal digits, for the request log; null without a trace. */
  readonly traceId: string | null;
  /** The same when the trace is recorded somewhere, else null: an exemplar must not lead to nothing. */
  readonly exemplar: string | null;
  /** Headers to send to the engine in place of those that came; undefined for none. */
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
  /** Ends the span, if there is one. To be called once. */
  end(result: TraceResult): void;
}

/** Traces requests, or passes on the traces of others. */
export interface Tracing {
  /** Begins with a request that has just arrived, given its headers of these names. */
  start(method: string, route: Route, traceparent: string | undefined, tracestate: string | undefined): RequestTrace;
  /** Sends what has not been sent, for at most 3 s. Never rejects. */
  stop(): Promise<void>;
}

/** A valid `traceparent`. */
export interface TraceParent {
  /** 32 hexadecimal digits, not all 0. */
  readonly traceId: string;
  /** 16 hexadecimal digits, not all 0. */
  readonly spanId: string;
  /** Whether the caller records the trace. */
  readonly sampled: boolean;
}

// Later versions of the header may append further fields; version 00 has none, and ff is no version.
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Reads a `traceparent` header by the W3C's recommendation; undefined when it is invalid. */
export function parseTraceparent(header: string): TraceParent | undefined {
  const [, version, traceId, spanId, flags, rest] = TRACEPARENT.exec(header) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (version === "00" && rest !== undefined) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

type Environment = Readonly<Record<string, string | undefined>>;

const ENDPOINTS = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];

/**
 * Creates the service's tracing. With `OTEL_EXPORTER_OTLP_ENDPOINT`, or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, each request
 * gets a span of its own, which is sent there by OTLP over HTTP as JSON; OpenTelemetry's other variables are read from the
 * process's environment by its SDK. Without, or with `OTEL_SDK_DISABLED=true`, the headers go through as they came.
 * Rejects when an endpoint is no HTTP URL.
 *
 * @param version release version, on each span
 */
export async function createTracing(environment: Environment, version: string): Promise<Tracing> {
  const endpoints = ENDPOINTS.filter((name) => (environment[name] ?? "") !== "");
  if (endpoints.length === 0 || environment["OTEL_SDK_DISABLED"]?.toLowerCase() === "true") return PASS_ON;
  for (const name of endpoints) {
    const url = URL.parse(environment[name] ?? "");
    if (!/^https?:$/.test(url?.protocol ?? "")) throw new Error(`${name} must be an HTTP URL.`);
  }
  // Loaded only where it is used: it would double the memory and the start time of all others.
  const { createSpanTracing } = await import("./span-tracing.ts");
  return createSpanTracing(version);
}

const UNTRACED: RequestTrace = {
  ...{ traceId: null, exemplar: null, traceparent: undefined, tracestate: undefined },
  end: () => undefined,
};

const PASS_ON: Tracing = {
  start(_method, _route, traceparent, tracestate) {
    if (traceparent === undefined && tracestate === undefined) return UNTRACED;
    const parent = traceparent === undefined ? undefined : parseTraceparent(traceparent);
    const traceId = parent?.traceId ?? null;
    return { ...UNTRACED, traceId, exemplar: parent?.sampled === true ? traceId : null, traceparent, tracestate };
  },
  stop: () => Promise.resolve(),
};
