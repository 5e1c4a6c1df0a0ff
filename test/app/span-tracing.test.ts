import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { OUTCOMES } from "../../app/request-log/record.ts";
import { createTracing, type TraceResult } from "../../app/tracing.ts";
import { startOtlpReceiver } from "./otlp-receiver.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";
const PARENT = `00-${TRACE}-${SPAN}-01`;

const result = (changes: Partial<TraceResult> = {}): TraceResult => ({
  ...{ status: 200, outcome: "ok", model: "m", promptTokens: 5, completionTokens: 16, timeToFirstTokenSeconds: 0.25 },
  ...changes,
});

/** Tracing by the variables given; the SDK reads them from the process. */
function tracingWith(variables: Readonly<Record<string, string>>) {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  return createTracing(process.env, "v1");
}

async function tracingTo(url: string) {
  return tracingWith({ OTEL_EXPORTER_OTLP_ENDPOINT: url });
}

beforeEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith("OTEL_")) vi.stubEnv(name, undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe("a traced request", () => {
  it("is a server's span under the caller's, with what is known of it", async () => {
    const receiver = await startOtlpReceiver();
    const tracing = await tracingTo(receiver.url);
    const trace = tracing.start("POST", "/v1/chat/completions", PARENT, "a=b");
    trace.end(result());
    await tracing.stop();
    expect(receiver.requests).toEqual(["POST /v1/traces application/json"]);
    const [span, ...more] = receiver.spans;
    expect(more).toEqual([]);
    expect(span).toMatchObject({
      name: "POST /v1/chat/completions",
      kind: 2,
      traceId: TRACE,
      parentSpanId: SPAN,
      status: { code: 0 },
      attributes: {
        "http.request.method": "POST",
        "http.route": "/v1/chat/completions",
        "http.response.status_code": 200,
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "m",
        "gen_ai.usage.input_tokens": 5,
        "gen_ai.usage.output_tokens": 16,
        "vllm.version": "v1",
        "vllm.outcome": "ok",
      },
      events: [
        { name: "gen_ai.server.time_to_first_token", attributes: { "gen_ai.server.time_to_first_token": 0.25 } },
      ],
    });
    expect(span?.resource).toMatchObject({ "service.name": "vllm-service", "service.version": "v1" });
  });

  it("hands its own span on to the engine", async () => {
    const receiver = await startOtlpReceiver();
    const tracing = await tracingTo(receiver.url);
    const trace = tracing.start("POST", "/v1/completions", PARENT, "a=b");
    trace.end(result());
    await tracing.stop();
    expect([trace.traceId, trace.exemplar, trace.tracestate]).toEqual([TRACE, TRACE, "a=b"]);
    expect(trace.traceparent).toBe(`00-${TRACE}-${receiver.spans[0]?.spanId}-01`);
    expect(receiver.spans[0]?.spanId).not.toBe(SPAN);
  });

  it.each([
    ["without a header", undefined],
    ["with an invalid one", `00-${TRACE}-${SPAN}-1`],
  ])("begins a new trace %s, with no state from elsewhere", async (_, traceparent) => {
    const receiver = await startOtlpReceiver();
    const tracing = await tracingTo(receiver.url);
    const trace = tracing.start("POST", "/v1/completions", traceparent, "a=b");
    trace.end(result());
    await tracing.stop();
    const [span] = receiver.spans;
    expect([span?.traceId, span?.parentSpanId]).toEqual([trace.traceId, undefined]);
    expect(trace.traceId).toMatch(/^(?!4bf92f)[0-9a-f]{32}$/);
    expect([trace.traceparent, trace.tracestate]).toEqual([`00-${trace.traceId}-${span?.spanId}-01`, undefined]);
  });

  it("tells when the first token came", async () => {
    const receiver = await startOtlpReceiver();
    const tracing = await tracingTo(receiver.url);
    tracing.start("POST", "/v1/completions", undefined, undefined).end(result({ timeToFirstTokenSeconds: 2 }));
    tracing.start("POST", "/v1/completions", undefined, undefined).end(result({ timeToFirstTokenSeconds: null }));
    await tracing.stop();
    const [streamed, whole] = receiver.spans;
    const after = (streamed?.events[0]?.nanoseconds ?? 0n) - (streamed?.startNanoseconds ?? 0n);
    // The span's clock and the event's are read one after the other.
    expect(Math.round(Number(after) / 1e8)).toBe(20);
    expect(whole?.events).toEqual([]);
  });

  it("leaves out what is not known, and the route where there is none", async () => {
    const receiver = await startOtlpReceiver();
    const tracing = await tracingTo(receiver.url);
    const unknown = { model: undefined, promptTokens: null, completionTokens: null, timeToFirstTokenSeconds: null };
    tracing.start("GET", "other", undefined, undefined).end({ status: 404, outcome: "client_error", ...unknown });
    await tracing.stop();
    expect(receiver.spans[0]?.name).toBe("GET");
    expect(receiver.spans[0]?.attributes).toEqual({
      "http.request.method": "GET",
      "http.response.status_code": 404,
      "vllm.version": "v1",
      "vllm.outcome": "client_error",
    });
  });

  it("is an error when the service failed, not when the client did", async () => {
    const receiver = await startOtlpReceiver();
    const tracing = await tracingTo(receiver.url);
    for (const outcome of OUTCOMES)
      tracing.start("POST", "/v1/completions", PARENT, undefined).end(result({ outcome }));
    await tracing.stop();
    const failed = (outcome: string) => ({ code: 2, message: outcome });
    const told = receiver.spans.map(({ attributes, status }) => [attributes["vllm.outcome"], status]);
    expect(Object.fromEntries(told)).toEqual({
      ok: { code: 0 },
      client_error: { code: 0 },
      client_abort: { code: 0 },
      overloaded: failed("overloaded"),
      engine_error: failed("engine_error"),
      stream_error: failed("stream_error"),
      stream_abort: failed("stream_abort"),
      stream_cut: failed("stream_cut"),
      stream_timeout: failed("stream_timeout"),
    });
    for (const { attributes, status } of receiver.spans) expect(attributes["error.type"]).toBe(status.message);
    const left = receiver.spans.find(({ attributes }) => attributes["vllm.outcome"] === "client_abort");
    expect(left?.attributes["http.response.status_code"]).toBe(499);
  });
});

describe("OpenTelemetry's own variables", () => {
  it("name the service and add what is known of the pod, but cannot change the version", async () => {
    const receiver = await startOtlpReceiver();
    const tracing = await tracingWith({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/custom`,
      OTEL_SERVICE_NAME: "chat",
      OTEL_RESOURCE_ATTRIBUTES: "k8s.pod.name=pod-1,service.version=0",
    });
    tracing.start("POST", "/v1/completions", undefined, undefined).end(result());
    await tracing.stop();
    expect(receiver.requests).toEqual(["POST /custom application/json"]);
    expect(receiver.spans[0]?.resource).toMatchObject({
      ...{ "service.name": "chat", "service.version": "v1", "k8s.pod.name": "pod-1" },
    });
  });

  it("set the sampling of new traces; the caller's decision stands", async () => {
    const receiver = await startOtlpReceiver();
    const variables = { OTEL_TRACES_SAMPLER: "parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG: "0" };
    const tracing = await tracingWith({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...variables });
    const own = tracing.start("POST", "/v1/completions", undefined, undefined);
    const callers = tracing.start("POST", "/v1/completions", PARENT, undefined);
    const unsampled = tracing.start("POST", "/v1/completions", `00-${TRACE}-${SPAN}-00`, undefined);
    for (const trace of [own, callers, unsampled]) trace.end(result());
    await tracing.stop();
    expect(receiver.spans.map(({ parentSpanId }) => parentSpanId)).toEqual([SPAN]);
    expect([own, callers, unsampled].map(({ exemplar }) => exemplar)).toEqual([null, TRACE, null]);
    expect(own.traceparent).toMatch(new RegExp(`^00-${own.traceId}-[0-9a-f]{16}-00$`));
    expect(unsampled.traceparent).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
  });
});

describe("a collector that fails", () => {
  const errors = () => vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const quick = { OTEL_BSP_SCHEDULE_DELAY: "1", OTEL_EXPORTER_OTLP_TIMEOUT: "200" };

  it("does not fail requests and is logged once until it works again", async () => {
    const logged = errors();
    let healthy = false;
    const receiver = await startOtlpReceiver((outgoing) => outgoing.writeHead(healthy ? 200 : 400).end("{}"));
    const tracing = await tracingWith({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...quick });
    const send = async (times: number): Promise<void> => {
      for (let i = 0; i < times; i += 1) {
        const sent = receiver.requests.length;
        tracing.start("POST", "/v1/completions", undefined, undefined).end(result());
        await vi.waitFor(() => {
          expect(receiver.requests.length).toBe(sent + 1);
        });
      }
    };
    await send(3);
    expect(logged).toHaveBeenCalledTimes(1);
    healthy = true;
    await send(1);
    healthy = false;
    await send(2);
    await tracing.stop();
    expect(logged).toHaveBeenCalledTimes(2);
    expect(JSON.parse(String(logged.mock.calls[0]?.[0]))).toMatchObject({
      ...{ level: "error", message: "traces cannot be sent" },
    });
  });

  it("that cannot be reached is logged, and requests have their traces all the same", async () => {
    const logged = errors();
    const tracing = await tracingWith({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1", ...quick });
    const trace = tracing.start("POST", "/v1/completions", PARENT, undefined);
    trace.end(result());
    expect(trace.traceId).toBe(TRACE);
    await tracing.stop();
    expect(logged).toHaveBeenCalledTimes(1);
    expect(String(logged.mock.calls[0]?.[0])).toContain("ECONNREFUSED 127.0.0.1:1");
  });

  it("that never answers does not hold up the end of the process", async () => {
    const receiver = await startOtlpReceiver(() => undefined);
    const tracing = await tracingWith({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_TIMEOUT: "60000",
      OTEL_BSP_EXPORT_TIMEOUT: "60000",
    });
    tracing.start("POST", "/v1/completions", undefined, undefined).end(result());
    await tracing.stop();
    expect(receiver.requests.length).toBe(1);
  });
});
