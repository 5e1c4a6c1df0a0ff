import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_MODEL_LENGTH, MAX_MODELS, METRICS, STATUS_CLASSES, STATUSES } from "../../app/metric-catalogue.ts";
import { GENERATION_ROUTES, ROUTES } from "../../app/routes.ts";
import { createFullMetrics } from "../../bench/metrics/fill.ts";
import { counted, create, result, scrape, serve, TRACE } from "./measuring.ts";
import { keyOf, parseExposition } from "./series.ts";

describe("the exposition", () => {
  it("has these metrics, types and labels before the first request", async () => {
    const metrics = create();
    const types = (await metrics.expose()).split("\n").filter((line) => line.startsWith("# TYPE vllm_"));
    const series = (await scrape(metrics)).filter(({ name }) => name.startsWith("vllm_"));
    const keys = series.filter(({ name }) => !name.endsWith("_bucket")).map(keyOf);
    expect(new Set(series.filter(({ name }) => name !== "vllm_build_info").map(({ value }) => value))).toEqual(
      new Set([0]),
    );
    const text = [...types, ...keys].join("\n").replace(process.version, "NODE");
    expect(text).toMatchInlineSnapshot(`
      "# TYPE vllm_requests counter
      # TYPE vllm_request_latency_seconds histogram
      # TYPE vllm_time_to_first_token_seconds histogram
      # TYPE vllm_token_latency_seconds histogram
      # TYPE vllm_gpu_utilization histogram
      # TYPE vllm_prompt_tokens counter
      # TYPE vllm_completion_tokens counter
      # TYPE vllm_requests_in_flight gauge
      # TYPE vllm_requests_queued gauge
      # TYPE vllm_stream_failures counter
      # TYPE vllm_client_aborts counter
      # TYPE vllm_request_log_lines_dropped counter
      # TYPE vllm_build_info gauge
      vllm_requests_total{model="m",route="/v1/completions",status="200"}
      vllm_requests_total{model="m",route="/v1/completions",status="499"}
      vllm_requests_total{model="m",route="/v1/completions",status="500"}
      vllm_requests_total{model="m",route="/v1/completions",status="503"}
      vllm_requests_total{model="m",route="/v1/chat/completions",status="200"}
      vllm_requests_total{model="m",route="/v1/chat/completions",status="499"}
      vllm_requests_total{model="m",route="/v1/chat/completions",status="500"}
      vllm_requests_total{model="m",route="/v1/chat/completions",status="503"}
      vllm_request_latency_seconds_sum{model="m"}
      vllm_request_latency_seconds_count{model="m"}
      vllm_time_to_first_token_seconds_sum{model="m"}
      vllm_time_to_first_token_seconds_count{model="m"}
      vllm_token_latency_seconds_sum{model="m"}
      vllm_token_latency_seconds_count{model="m"}
      vllm_gpu_utilization_sum{model="m"}
      vllm_gpu_utilization_count{model="m"}
      vllm_prompt_tokens_total{model="m"}
      vllm_completion_tokens_total{model="m"}
      vllm_requests_in_flight{model="m"}
      vllm_requests_queued{model="m"}
      vllm_stream_failures_total{kind="error",model="m",route="/v1/completions"}
      vllm_stream_failures_total{kind="abort",model="m",route="/v1/completions"}
      vllm_stream_failures_total{kind="cut",model="m",route="/v1/completions"}
      vllm_stream_failures_total{kind="timeout",model="m",route="/v1/completions"}
      vllm_stream_failures_total{kind="error",model="m",route="/v1/chat/completions"}
      vllm_stream_failures_total{kind="abort",model="m",route="/v1/chat/completions"}
      vllm_stream_failures_total{kind="cut",model="m",route="/v1/chat/completions"}
      vllm_stream_failures_total{kind="timeout",model="m",route="/v1/chat/completions"}
      vllm_client_aborts_total{model="m",route="/v1/completions"}
      vllm_client_aborts_total{model="m",route="/v1/chat/completions"}
      vllm_request_log_lines_dropped_total{model="m"}
      vllm_build_info{engine="simulated",model="m",node_version="NODE",revision="abc"}"
    `);
  });

  it("is named and typed as the catalogue says", async () => {
    const text = await create().expose();
    for (const { name, type, help } of Object.values(METRICS)) {
      const family = type === "counter" ? name.replace(/_total$/, "") : name;
      expect(text).toContain(`# HELP ${family} ${help}\n# TYPE ${family} ${type}\n`);
    }
  });

  it("has version and model exactly once on every series, Node's own included", async () => {
    const metrics = create();
    serve(metrics, "/v1/completions", {}, "adapter");
    const series = await scrape(metrics);
    expect(series.filter(({ name }) => name.startsWith("nodejs_")).length).toBeGreaterThan(10);
    for (const { name, labels } of series) {
      expect([name, labels.get("version")]).toEqual([name, "v1"]);
      expect(["m", "adapter"]).toContain(labels.get("model"));
    }
  });

  it("never has a series twice", async () => {
    for (const model of ["m", "other"]) {
      const metrics = create(model);
      for (const name of [model, "other", "adapter", "a".repeat(MAX_MODEL_LENGTH + 1)]) {
        for (const route of ROUTES) serve(metrics, route, {}, name);
      }
      const keys = (await scrape(metrics)).map(keyOf);
      expect(keys.length).toBe(new Set(keys).size);
    }
  });

  it("writes every name of a model so that it is read back the same", async () => {
    const name = fc.string({
      minLength: 1,
      maxLength: 20,
      unit: fc.constantFrom("\\", '"', "\n", "n", "{", "}", " ", "é"),
    });
    await fc.assert(
      fc.asyncProperty(name, name, async (base, adapter) => {
        const metrics = create(base);
        serve(metrics, "/v1/completions", {}, adapter);
        const models = (await scrape(metrics)).map(({ labels }) => labels.get("model"));
        expect(new Set(models)).toEqual(new Set([base, adapter]));
      }),
      { numRuns: 50 },
    );
  });

  it("is OpenMetrics", () => {
    expect(create().contentType).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
  });
});

describe("exemplars", () => {
  it("lead from latency, first token and request to the trace", async () => {
    const metrics = create();
    const request = metrics.start("/v1/completions");
    request.firstToken(0.5, TRACE);
    request.ended(result({ traceId: TRACE }));
    const found = (await scrape(metrics)).filter(({ traceId }) => traceId === TRACE).map(keyOf);
    expect(found).toEqual([
      'vllm_requests_total{model="m",route="/v1/completions",status="200"}',
      'vllm_request_latency_seconds_bucket{le="2",model="m"}',
      'vllm_time_to_first_token_seconds_bucket{le="0.5",model="m"}',
    ]);
  });

  it("are absent without a trace", async () => {
    const metrics = create();
    metrics.start("/v1/completions").firstToken(0.5, null);
    serve(metrics, "/v1/completions", { traceId: null });
    expect((await scrape(metrics)).filter(({ traceId }) => traceId !== undefined)).toEqual([]);
  });
});

describe("cardinality", () => {
  it("gives the first adapters a label of their own, all others together one", async () => {
    const metrics = create();
    const adapters = Array.from({ length: MAX_MODELS }, (_, i) => `adapter-${i}`);
    for (const adapter of adapters) serve(metrics, "/v1/completions", {}, adapter);
    const own = adapters.slice(0, MAX_MODELS - 2).map((adapter): [string, number] => [adapter, 1]);
    const requests = (await scrape(metrics)).filter(({ name, value }) => name === "vllm_requests_total" && value > 0);
    expect(requests.map(({ labels, value }) => [labels.get("model"), value])).toEqual([...own, ["other", 2]].sort());
  });

  it("gives a name of an adapter that is too long no label of its own", async () => {
    const metrics = create();
    for (const length of [MAX_MODEL_LENGTH, MAX_MODEL_LENGTH + 1]) {
      serve(metrics, "/v1/completions", {}, "a".repeat(length));
    }
    expect(await counted(metrics, "vllm_requests_total")).toEqual({
      [`vllm_requests_total{model="${"a".repeat(MAX_MODEL_LENGTH)}",route="/v1/completions",status="200"}`]: 1,
      'vllm_requests_total{model="other",route="/v1/completions",status="200"}': 1,
    });
  });

  it("is bounded, and so is the size: below 1 MB with every series there can be", async () => {
    const text = await createFullMetrics().expose();
    const series = parseExposition(text).filter(({ name }) => name.startsWith("vllm_"));
    // Generation routes by model, the others under the base model.
    const routes = GENERATION_ROUTES.length * MAX_MODELS + ROUTES.length - GENERATION_ROUTES.length;
    const statuses = STATUSES.length + STATUS_CLASSES.length;
    // Each bound, infinity, the sum and the count.
    const lines = ({ buckets }: { readonly buckets: readonly number[] }) => buckets.length + 3;
    const { requestLatency, timeToFirstToken, tokenLatency, gpuUtilization } = METRICS;
    const byModel = lines(requestLatency) + lines(timeToFirstToken) + lines(tokenLatency) + 2;
    // By route: requests, 4 kinds of failures, aborts. Single: two gauges, dropped lines, build info.
    const expected = routes * (statuses + 4 + 1) + MAX_MODELS * byModel + lines(gpuUtilization) + 4;
    expect(series.length).toBe(expected);
    expect(new Set(series.map(keyOf)).size).toBe(expected);
    expect(Buffer.byteLength(text)).toBeLessThan(1_000_000);
  });
});

describe("the request log's losses", () => {
  it("are counted", async () => {
    const metrics = create();
    metrics.requestLogLinesDropped(3);
    expect(await counted(metrics, "vllm_request_log_lines_dropped_total")).toEqual({
      'vllm_request_log_lines_dropped_total{model="m"}': 3,
    });
  });
});
