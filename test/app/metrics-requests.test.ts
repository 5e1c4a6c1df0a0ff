import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Metrics } from "../../app/metrics.ts";
import { counted, create, result, scrape, serve } from "./measuring.ts";

describe("requests", () => {
  it("are counted by route, status and model", async () => {
    const metrics = create();
    serve(metrics, "/v1/completions");
    serve(metrics, "/v1/completions");
    serve(metrics, "/v1/chat/completions", { status: 503, outcome: "overloaded" });
    serve(metrics, "/v1/chat/completions", {}, "adapter");
    serve(metrics, "other", { status: 404, outcome: "client_error" });
    expect(await counted(metrics, "vllm_requests_total")).toEqual({
      'vllm_requests_total{model="m",route="/v1/completions",status="200"}': 2,
      'vllm_requests_total{model="m",route="/v1/chat/completions",status="503"}': 1,
      'vllm_requests_total{model="adapter",route="/v1/chat/completions",status="200"}': 1,
      'vllm_requests_total{model="m",route="other",status="404"}': 1,
    });
  });

  it("are told apart by model for generations only", async () => {
    const metrics = create();
    serve(metrics, "/v1/embeddings", { promptTokens: 3 }, "adapter");
    expect(await counted(metrics, "vllm_requests_total", "vllm_prompt_tokens_total")).toEqual({
      'vllm_requests_total{model="m",route="/v1/embeddings",status="200"}': 1,
      'vllm_prompt_tokens_total{model="m"}': 3,
    });
  });

  it("whose client left count as 499, whatever status was sent, and as aborts", async () => {
    const metrics = create();
    serve(metrics, "/v1/completions", { outcome: "client_abort" });
    expect(await counted(metrics, "vllm_requests_total", "vllm_client_aborts_total")).toEqual({
      'vllm_requests_total{model="m",route="/v1/completions",status="499"}': 1,
      'vllm_client_aborts_total{model="m",route="/v1/completions"}': 1,
    });
  });

  it.each([
    ["stream_error", "error"],
    ["stream_abort", "abort"],
    ["stream_cut", "cut"],
    ["stream_timeout", "timeout"],
  ] as const)("that failed inside the answer (%s) stay at their status and count by kind", async (outcome, kind) => {
    const metrics = create();
    serve(metrics, "/v1/chat/completions", { outcome });
    expect(await counted(metrics, "vllm_requests_total", "vllm_stream_failures_total")).toEqual({
      'vllm_requests_total{model="m",route="/v1/chat/completions",status="200"}': 1,
      [`vllm_stream_failures_total{kind="${kind}",model="m",route="/v1/chat/completions"}`]: 1,
    });
  });

  it.each([
    [100, "2xx"],
    [204, "2xx"],
    [302, "3xx"],
    [401, "4xx"],
    [422, "4xx"],
    [501, "5xx"],
    [599, "5xx"],
    [1234, "5xx"],
    [NaN, "5xx"],
  ])("of the rare status %d count as %s", async (status, label) => {
    const metrics = create();
    serve(metrics, "other", { status });
    expect(await counted(metrics, "vllm_requests_total")).toEqual({
      [`vllm_requests_total{model="m",route="other",status="${label}"}`]: 1,
    });
  });

  it("count once, however often their end is reported", async () => {
    const metrics = create();
    const request = metrics.start("/v1/completions");
    request.ended(result());
    request.ended(result({ status: 500 }));
    expect(await counted(metrics, "vllm_requests_total", "vllm_request_latency_seconds")).toEqual({
      'vllm_requests_total{model="m",route="/v1/completions",status="200"}': 1,
      'vllm_request_latency_seconds_count{model="m"}': 1,
      'vllm_request_latency_seconds_sum{model="m"}': 2,
    });
  });
});

describe("times and tokens", () => {
  const latency = async (metrics: Metrics) =>
    (await counted(metrics, "vllm_request_latency_seconds"))['vllm_request_latency_seconds_sum{model="m"}'] ?? 0;

  it.each([
    ["ok", 2],
    ["stream_error", 2],
    ["stream_abort", 2],
    ["stream_cut", 2],
    ["stream_timeout", 2],
    ["client_abort", 2],
    ["client_error", 0],
    ["overloaded", 0],
    ["engine_error", 0],
  ] as const)("of a generation that ended as %s: %d s of latency", async (outcome, seconds) => {
    const metrics = create();
    serve(metrics, "/v1/completions", { outcome, seconds: 2 });
    expect(await latency(metrics)).toBe(seconds);
  });

  it("leave out a client that left before the engine had its request, and what is no generation", async () => {
    const metrics = create();
    metrics.start("/v1/completions").ended(result({ outcome: "client_abort" }));
    serve(metrics, "/v1/embeddings");
    serve(metrics, "/v1/models");
    expect(await latency(metrics)).toBe(0);
  });

  it("of first and further tokens are observed under the request's model", async () => {
    const metrics = create();
    for (const model of ["m", "adapter"]) {
      const request = metrics.start("/v1/completions");
      request.setModel(model);
      request.firstToken(0.5, null);
      request.token(0.25);
      request.token(0.25);
    }
    expect(await counted(metrics, "vllm_time_to_first_token_seconds", "vllm_token_latency_seconds")).toEqual({
      'vllm_time_to_first_token_seconds_count{model="m"}': 1,
      'vllm_time_to_first_token_seconds_sum{model="m"}': 0.5,
      'vllm_time_to_first_token_seconds_count{model="adapter"}': 1,
      'vllm_time_to_first_token_seconds_sum{model="adapter"}': 0.5,
      'vllm_token_latency_seconds_count{model="m"}': 2,
      'vllm_token_latency_seconds_sum{model="m"}': 0.5,
      'vllm_token_latency_seconds_count{model="adapter"}': 2,
      'vllm_token_latency_seconds_sum{model="adapter"}': 0.5,
    });
  });

  it("share a chunk's gap out among its tokens", async () => {
    const metrics = create();
    metrics.start("/v1/completions").token(1, 4);
    const buckets = (await scrape(metrics)).filter(({ name }) => name === "vllm_token_latency_seconds_bucket");
    const atMost = (le: string) => buckets.find(({ labels }) => labels.get("le") === le)?.value;
    expect(["0.2", "0.3", "+Inf"].map(atMost)).toEqual([0, 4, 4]);
    expect(await counted(metrics, "vllm_token_latency_seconds")).toEqual({
      'vllm_token_latency_seconds_count{model="m"}': 4,
      'vllm_token_latency_seconds_sum{model="m"}': 1,
    });
  });

  it("counts tokens where they are known", async () => {
    const metrics = create();
    serve(metrics, "/v1/completions", { promptTokens: 7, completionTokens: 16 });
    serve(metrics, "/v1/completions", { promptTokens: null, completionTokens: 4, outcome: "client_abort" });
    serve(metrics, "/v1/chat/completions", { promptTokens: 5, completionTokens: 6 }, "adapter");
    expect(await counted(metrics, "vllm_prompt_tokens_total", "vllm_completion_tokens_total")).toEqual({
      'vllm_prompt_tokens_total{model="m"}': 7,
      'vllm_prompt_tokens_total{model="adapter"}': 5,
      'vllm_completion_tokens_total{model="m"}': 20,
      'vllm_completion_tokens_total{model="adapter"}': 6,
    });
  });

  it("observes each sample of a GPU", async () => {
    const metrics = create();
    metrics.gpuUtilization(0.25);
    metrics.gpuUtilization(1);
    expect(await counted(metrics, "vllm_gpu_utilization")).toEqual({
      'vllm_gpu_utilization_count{model="m"}': 2,
      'vllm_gpu_utilization_sum{model="m"}': 1.25,
    });
  });
});

describe("gauges", () => {
  const gauges = async (metrics: Metrics) => {
    const series = await scrape(metrics);
    return ["vllm_requests_in_flight", "vllm_requests_queued"].map((gauge) => {
      return series.find(({ name }) => name === gauge)?.value;
    });
  };

  it("follow a request from its arrival through the engine's queue to its end", async () => {
    const metrics = create();
    const request = metrics.start("/v1/completions");
    const seen = [await gauges(metrics)];
    for (const step of ["handedToEngine", "firstByte"] as const) {
      request[step]();
      seen.push(await gauges(metrics));
    }
    request.ended(result());
    expect([...seen, await gauges(metrics)]).toEqual([
      [1, 0],
      [1, 1],
      [1, 0],
      [0, 0],
    ]);
  });

  it("return to 0 in whatever order steps come, fail to come or come again", async () => {
    const step = fc.constantFrom("handedToEngine", "firstByte", "firstToken", "token", "setModel", "ended");
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(step, { maxLength: 12 }), { maxLength: 5 }), async (requests) => {
        const metrics = create();
        const started = requests.map((steps) => ({ request: metrics.start("/v1/completions"), steps }));
        for (const { request, steps } of started) {
          for (const each of steps) {
            if (each === "ended") request.ended(result());
            else if (each === "firstToken") request.firstToken(1, null);
            else if (each === "token") request.token(1);
            else if (each === "setModel") request.setModel("adapter");
            else request[each]();
          }
        }
        const open = requests.filter((steps) => !steps.includes("ended"));
        const waiting = open.filter((steps) => {
          const handed = steps.indexOf("handedToEngine");
          return handed !== -1 && !steps.slice(handed).includes("firstByte");
        });
        expect(await gauges(metrics)).toEqual([open.length, waiting.length]);
        for (const { request } of started) request.ended(result());
        expect(await gauges(metrics)).toEqual([0, 0]);
      }),
      { numRuns: 100 },
    );
  });
});
