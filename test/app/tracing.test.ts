import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createTracing, parseTraceparent } from "../../app/tracing.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

afterEach(() => {
  vi.doUnmock("../../app/span-tracing.ts");
  vi.resetModules();
});

describe("a traceparent header", () => {
  const DIGITS = "0123456789abcdef".split("");
  const hex = (length: number) => fc.string({ minLength: length, maxLength: length, unit: fc.constantFrom(...DIGITS) });
  const notZero = (length: number) => hex(length).filter((text) => /[^0]/.test(text));

  it("is read by its fields", () => {
    const version = hex(2).filter((text) => text !== "ff");
    const field = fc.string({ unit: fc.constantFrom(...DIGITS, "-", "x", "y") });
    const given = fc.tuple(version, notZero(32), notZero(16), hex(2), fc.option(field));
    fc.assert(
      fc.property(given, ([first, traceId, spanId, flags, more]) => {
        // Only later versions than 00 have further fields.
        const rest = more === null || first === "00" ? "" : `-${more}`;
        const sampled = Number.parseInt(flags, 16) % 2 === 1;
        expect(parseTraceparent(`${first}-${traceId}-${spanId}-${flags}${rest}`)).toEqual({ traceId, spanId, sampled });
      }),
    );
  });

  it.each([
    ["empty", ""],
    ["of a version that is none", `ff-${TRACE}-${SPAN}-01`],
    ["of version 00 with a further field", `00-${TRACE}-${SPAN}-01-00`],
    ["of a later version, with more that is no field", `01-${TRACE}-${SPAN}-01x`],
    ["with a trace id of zeros", `00-${"0".repeat(32)}-${SPAN}-01`],
    ["with a span id of zeros", `00-${TRACE}-${"0".repeat(16)}-01`],
    ["in upper case", `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ["with a short trace id", `00-${TRACE.slice(1)}-${SPAN}-01`],
    ["with a long span id", `00-${TRACE}-${SPAN}0-01`],
    ["without flags", `00-${TRACE}-${SPAN}`],
    ["with flags that are no number", `00-${TRACE}-${SPAN}-0g`],
    ["with a space before it", ` 00-${TRACE}-${SPAN}-01`],
    ["with a line feed after it", `00-${TRACE}-${SPAN}-01\n`],
    ["sent twice", `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`],
  ])("is invalid when it is %s", (_, header) => {
    expect(parseTraceparent(header)).toBeUndefined();
  });

  it("is invalid once any of its characters is another", () => {
    const valid = `00-${TRACE}-${SPAN}-01`;
    const other = fc.string({ minLength: 1, maxLength: 1 }).filter((sign) => !/[0-9a-f-]/.test(sign));
    fc.assert(
      fc.property(fc.nat(valid.length - 1), other, (at, sign) => {
        expect(parseTraceparent(valid.slice(0, at) + sign + valid.slice(at + 1))).toBeUndefined();
      }),
    );
  });

  it("that anybody made up never throws", () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        expect(parseTraceparent(header)).toBeUndefined();
      }),
    );
  });
});

describe("without an endpoint", () => {
  const start = async (traceparent?: string, tracestate?: string) => {
    const tracing = await createTracing({}, "v1");
    const trace = tracing.start("POST", "/v1/completions", traceparent, tracestate);
    const ended = { status: 200, outcome: "ok", model: "m", promptTokens: 1, completionTokens: 1 } as const;
    trace.end({ ...ended, timeToFirstTokenSeconds: 1 });
    await tracing.stop();
    const { traceId, exemplar } = trace;
    return { traceId, exemplar, traceparent: trace.traceparent, tracestate: trace.tracestate };
  };

  it("a trace passes through, and its id is known to log and metrics", async () => {
    expect(await start(`00-${TRACE}-${SPAN}-01`, "a=b")).toEqual({
      ...{ traceId: TRACE, exemplar: TRACE, traceparent: `00-${TRACE}-${SPAN}-01`, tracestate: "a=b" },
    });
  });

  it("a trace that nobody records makes no exemplar", async () => {
    expect(await start(`00-${TRACE}-${SPAN}-00`)).toEqual({
      ...{ traceId: TRACE, exemplar: null, traceparent: `00-${TRACE}-${SPAN}-00`, tracestate: undefined },
    });
  });

  it("an invalid header passes through untouched, without an id", async () => {
    expect(await start("nonsense", "a=b")).toEqual({
      ...{ traceId: null, exemplar: null, traceparent: "nonsense", tracestate: "a=b" },
    });
  });

  it("there is no trace where none came", async () => {
    const none = { traceId: null, exemplar: null, traceparent: undefined };
    expect(await start()).toEqual({ ...none, tracestate: undefined });
    expect(await start(undefined, "a=b")).toEqual({ ...none, tracestate: "a=b" });
  });

  it.each([
    ["no variable", {}, false],
    ["an empty endpoint", { OTEL_EXPORTER_OTLP_ENDPOINT: "" }, false],
    ["the SDK disabled", { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1", OTEL_SDK_DISABLED: "true" }, false],
    ["an endpoint", { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" }, true],
    ["an endpoint for traces", { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://127.0.0.1:1/v1/traces" }, true],
  ])("OpenTelemetry's SDK is not even loaded: %s", async (_, environment, expected) => {
    let loaded = false;
    vi.doMock("../../app/span-tracing.ts", () => {
      loaded = true;
      return { createSpanTracing: () => ({}) };
    });
    await createTracing(environment, "v1");
    expect(loaded).toBe(expected);
  });
});

it.each([
  ["OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"],
  ["OTEL_EXPORTER_OTLP_ENDPOINT", "not a URL"],
  ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "grpc://collector:4317"],
])("the service does not start with %s=%s", async (name, value) => {
  await expect(createTracing({ [name]: value }, "v1")).rejects.toThrow(`${name} must be an HTTP URL.`);
});
