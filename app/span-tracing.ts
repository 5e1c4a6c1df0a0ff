import { setTimeout as sleep } from "node:timers/promises";
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags, type Context, type Span } from "@opentelemetry/api";
import { ExportResultCode, TraceState } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from "@opentelemetry/sdk-trace-base";
import { logError } from "./log.ts";
import type { Outcome } from "./request-log/record.ts";
import { isGeneration, type Route } from "./routes.ts";
import { parseTraceparent, type RequestTrace, type TraceResult, type Tracing } from "./tracing.ts";

const STOP_TIMEOUT_MS = 3000;

/** Tracing with a span for each request, by OpenTelemetry's SDK. Only to be imported where spans are wanted. */
export function createSpanTracing(version: string): Tracing {
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ "service.name": "vllm-service" })
      .merge(detectResources({ detectors: [envDetector] }))
      .merge(resourceFromAttributes({ "service.version": version })),
    spanProcessors: [new BatchSpanProcessor(logFailuresOnce(new OTLPTraceExporter()))],
  });
  const tracer = provider.getTracer("vllm-service", version);
  return {
    start(method, route, traceparent, tracestate) {
      const startedAt = Date.now();
      const options = { kind: SpanKind.SERVER, attributes: attributesAtStart(method, route, version) };
      const name = route === "other" ? method : `${method} ${route}`;
      return traceOf(tracer.startSpan(name, options, parentContext(traceparent, tracestate)), startedAt);
    },
    async stop() {
      // What cannot be sent is lost: the failure has been logged, and the process has to end.
      const sent = provider.shutdown().catch(() => undefined);
      await Promise.race([sent, sleep(STOP_TIMEOUT_MS, undefined, { ref: false })]);
    },
  };
}

function parentContext(traceparent = "", tracestate = ""): Context {
  const parent = parseTraceparent(traceparent);
  if (parent === undefined) return ROOT_CONTEXT;
  const { traceId, spanId, sampled } = parent;
  const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  const traceState = new TraceState(tracestate);
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, traceState, isRemote: true });
}

function traceOf(span: Span, startedAt: number): RequestTrace {
  const { traceId, spanId, traceFlags, traceState } = span.spanContext();
  const sampled = (traceFlags & TraceFlags.SAMPLED) !== 0;
  const state = traceState?.serialize() ?? "";
  return {
    traceId,
    exemplar: sampled ? traceId : null,
    traceparent: `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`,
    tracestate: state === "" ? undefined : state,
    end(result) {
      const { outcome, timeToFirstTokenSeconds: seconds } = result;
      if (seconds !== null) span.addEvent(FIRST_TOKEN, { [FIRST_TOKEN]: seconds }, startedAt + seconds * 1000);
      span.setAttributes(attributesAtEnd(result));
      if (FAILURES.includes(outcome)) {
        span.setAttribute("error.type", outcome).setStatus({ code: SpanStatusCode.ERROR, message: outcome });
      }
      span.end();
    },
  };
}

type Attributes = Record<string, string | number>;

const FIRST_TOKEN = "gen_ai.server.time_to_first_token";

/** What is the service's fault. By OpenTelemetry's conventions a client's fault is no error of a server's span. */
const FAILURES: readonly Outcome[] = [
  ...(["overloaded", "engine_error", "stream_error", "stream_abort", "stream_cut", "stream_timeout"] as const),
];

function attributesAtStart(method: string, route: Route, version: string): Attributes {
  const operation = route === "/v1/chat/completions" ? "chat" : "text_completion";
  return {
    "http.request.method": method,
    "vllm.version": version,
    ...(route !== "other" && { "http.route": route }),
    ...(isGeneration(route) && { "gen_ai.operation.name": operation }),
  };
}

function attributesAtEnd({ status, outcome, model, promptTokens, completionTokens }: TraceResult): Attributes {
  return {
    "http.response.status_code": outcome === "client_abort" ? 499 : status,
    "vllm.outcome": outcome,
    ...(model !== undefined && { "gen_ai.request.model": model }),
    ...(promptTokens !== null && { "gen_ai.usage.input_tokens": promptTokens }),
    ...(completionTokens !== null && { "gen_ai.usage.output_tokens": completionTokens }),
  };
}

/** The same exporter, which logs that spans are lost when that begins, not for each batch. */
function logFailuresOnce(exporter: SpanExporter): SpanExporter {
  let failing = false;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const failed = result.code === ExportResultCode.FAILED;
        if (failed && !failing) logError("traces cannot be sent", result.error ?? new Error("unknown reason"));
        failing = failed;
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
  };
}
