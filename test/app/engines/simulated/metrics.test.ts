import { describe, expect, it } from "vitest";
import { METRICS } from "../../../../app/engines/simulated/metrics/catalogue.ts";
import { readCompletion, seriesName, start } from "./helpers.ts";

const LATENCY = [0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680];
const FIRST_TOKEN = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560,
];
const TOKEN = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80];
const TOKENS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];
const ENGINE = "model_name engine";

/** Type, labels and bounds of vLLM 0.33's metrics, read off its source: not what the catalogue under test says. */
const VLLM: Readonly<Record<string, readonly [type: string, labels: string, bounds?: readonly number[]]>> = {
  "vllm:num_requests_running": ["gauge", ENGINE],
  "vllm:num_requests_waiting": ["gauge", ENGINE],
  "vllm:num_requests_waiting_by_reason": ["gauge", `${ENGINE} reason`],
  "vllm:engine_sleep_state": ["gauge", `${ENGINE} sleep_state`],
  "vllm:kv_cache_usage_perc": ["gauge", ENGINE],
  "vllm:prefix_cache_queries_total": ["counter", ENGINE],
  "vllm:prefix_cache_hits_total": ["counter", ENGINE],
  "vllm:external_prefix_cache_queries_total": ["counter", ENGINE],
  "vllm:external_prefix_cache_hits_total": ["counter", ENGINE],
  "vllm:mm_cache_queries_total": ["counter", ENGINE],
  "vllm:mm_cache_hits_total": ["counter", ENGINE],
  "vllm:num_preemptions_total": ["counter", ENGINE],
  "vllm:prompt_tokens_total": ["counter", ENGINE],
  "vllm:prompt_tokens_by_source_total": ["counter", `${ENGINE} source`],
  "vllm:prompt_tokens_cached_total": ["counter", ENGINE],
  "vllm:prompt_tokens_cached_by_source_total": ["counter", `${ENGINE} source`],
  "vllm:generation_tokens_total": ["counter", ENGINE],
  "vllm:request_success_total": ["counter", `${ENGINE} finished_reason`],
  "vllm:admission_rejections_total": ["counter", "model_name reason"],
  "vllm:request_prompt_tokens": ["histogram", ENGINE, TOKENS],
  "vllm:request_generation_tokens": ["histogram", ENGINE, TOKENS],
  "vllm:request_prefill_kv_computed_tokens": ["histogram", ENGINE, TOKENS],
  "vllm:request_max_num_generation_tokens": ["histogram", ENGINE, TOKENS],
  "vllm:request_params_max_tokens": ["histogram", ENGINE, TOKENS],
  "vllm:request_params_n": ["histogram", ENGINE, [1, 2, 5, 10, 20]],
  "vllm:request_num_preemptions": ["histogram", ENGINE, [1, 2, 3, 4, 5, 10, 20]],
  "vllm:iteration_tokens_total": [
    "histogram",
    ENGINE,
    [1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384],
  ],
  "vllm:time_to_first_token_seconds": ["histogram", ENGINE, FIRST_TOKEN],
  "vllm:inter_token_latency_seconds": ["histogram", ENGINE, TOKEN],
  "vllm:request_time_per_output_token_seconds": ["histogram", ENGINE, TOKEN],
  "vllm:e2e_request_latency_seconds": ["histogram", ENGINE, LATENCY],
  "vllm:request_queue_time_seconds": ["histogram", ENGINE, LATENCY],
  "vllm:request_inference_time_seconds": ["histogram", ENGINE, LATENCY],
  "vllm:request_prefill_time_seconds": ["histogram", ENGINE, LATENCY],
  "vllm:request_decode_time_seconds": ["histogram", ENGINE, LATENCY],
  "vllm:lora_requests_info": ["gauge", "max_lora waiting_lora_adapters running_lora_adapters"],
  "vllm:cache_config_info": ["gauge", "block_size enable_prefix_caching engine kv_cache_size_tokens num_gpu_blocks"],
  http_requests_total: ["counter", "method status handler"],
  http_request_duration_seconds: ["histogram", "method handler", [0.1, 0.5, 1]],
  http_request_duration_highr_seconds: [
    "histogram",
    "",
    [0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 7.5, 10, 30, 60],
  ],
};

const sorted = (words: string): string => words.split(" ").sort().join(" ");

/** What an exposition says of a metric: its type, the labels of its series, and a histogram's bounds. */
function describeMetric(exposition: string, name: string) {
  const type = new RegExp(`^# TYPE ${name} (\\w+)$`, "m").exec(exposition)?.[1];
  const lines = exposition.split("\n").filter((line) => new RegExp(`^${name}(_bucket)?[{ ]`).test(line));
  const labels = new Set(lines.flatMap((line) => [...line.matchAll(/(\w+)="/g)].map((match) => match[1] ?? "")));
  const isHistogram = labels.delete("le");
  const bounds = lines.map((line) => Number(/le="([\d.]+)"/.exec(line)?.[1]));
  return {
    type,
    labels: [...labels].sort().join(" "),
    bounds: isHistogram ? [...new Set(bounds)].filter((bound) => !Number.isNaN(bound)) : undefined,
  };
}

describe("GET /metrics", () => {
  it("has vLLM 0.33's metrics with their types, labels and bounds, and no others", async () => {
    const { origin, complete } = await start({ loraAdapters: ["tuned"] });
    await complete({ prompt: "a" });
    const response = await fetch(`${origin}/metrics`);
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const exposition = await response.text();
    const names = [...exposition.matchAll(/^# TYPE (\S+) /gm)].map((match) => match[1] ?? "");
    expect(names.sort()).toEqual(Object.keys(VLLM).sort());
    for (const [name, [type, labels, bounds]] of Object.entries(VLLM)) {
      expect([name, describeMetric(exposition, name)]).toEqual([name, { type, labels: sorted(labels), bounds }]);
    }
  });

  it("is what the catalogue says, for those who check names against it", () => {
    const catalogue = Object.values(METRICS).map(({ name, type, labelNames }) => [
      name,
      [type, sorted(labelNames.join(" "))],
    ]);
    const real = Object.entries(VLLM).map(([name, [type, labels]]) => [name, [type, sorted(labels)]]);
    expect(Object.fromEntries(catalogue)).toEqual(Object.fromEntries(real));
  });

  it("has all series from the start, so that a rate sees the first of each", async () => {
    const metrics = await (await start()).scrape();
    for (const reason of ["stop", "length", "abort", "error", "repetition"]) {
      expect(metrics.get(seriesName("request_success_total", `,finished_reason="${reason}"`))).toBe(0);
    }
    expect(metrics.get(seriesName("e2e_request_latency_seconds_count"))).toBe(0);
    expect(metrics.get('vllm:admission_rejections_total{model_name="m",reason="max_num_queued_reqs"}')).toBe(0);
  });

  it("counts what was done", async () => {
    const { complete, post, scrape } = await start();
    await readCompletion(await complete({ prompt: "one two three", max_tokens: 6 }));
    const { usage } = await readCompletion(await complete({ prompt: "one two", max_tokens: 1000, n: 2 }));
    await post("/v1/embeddings", { input: "one" });
    await complete({ prompt: "a", model: "x" });
    const metrics = await scrape();
    const total = (name: string, more = ""): number | undefined => metrics.get(seriesName(name, more));
    const generated = 6 + usage.completion_tokens;
    expect({
      prompt: total("prompt_tokens_total"),
      computed: total("prompt_tokens_by_source_total", ',source="local_compute"'),
      generated: total("generation_tokens_total"),
      iterations: total("iteration_tokens_total_sum"),
      stop: total("request_success_total", ',finished_reason="stop"'),
      length: total("request_success_total", ',finished_reason="length"'),
      requests: total("request_params_n_count"),
      n: total("request_params_n_sum"),
      maxTokens: total("request_params_max_tokens_sum"),
      promptTokens: total("request_prompt_tokens_sum"),
      generationTokens: total("request_generation_tokens_sum"),
      firstTokens: total("time_to_first_token_seconds_count"),
      nextTokens: total("inter_token_latency_seconds_count"),
      answers: total("e2e_request_latency_seconds_count"),
      running: total("num_requests_running"),
    }).toEqual({
      prompt: 8,
      computed: 8,
      generated,
      iterations: generated + 8,
      stop: 3,
      length: 1,
      requests: 3,
      n: 4,
      maxTokens: 2006,
      promptTokens: 8,
      generationTokens: generated,
      firstTokens: 4,
      nextTokens: generated - 3,
      answers: 4,
      running: 0,
    });
    expect(metrics.get('http_requests_total{method="POST",handler="/v1/completions",status="2xx"}')).toBe(2);
    expect(metrics.get('http_requests_total{method="POST",handler="/v1/completions",status="4xx"}')).toBe(1);
    expect(metrics.get('http_requests_total{method="POST",handler="/v1/embeddings",status="2xx"}')).toBe(1);
  });

  it("tells phases that add up to the whole", async () => {
    const { complete, scrape } = await start({ timeToFirstTokenMs: 20, interTokenLatencyMs: 1 });
    await complete({ prompt: "a", max_tokens: 20, ignore_eos: true });
    const metrics = await scrape();
    const seconds = (phase: string): number => metrics.get(seriesName(`${phase}_seconds_sum`)) ?? NaN;
    const phases = seconds("request_queue_time") + seconds("request_prefill_time") + seconds("request_decode_time");
    expect(phases).toBeCloseTo(seconds("e2e_request_latency"), 6);
    expect(seconds("request_inference_time")).toBeCloseTo(phases - seconds("request_queue_time"), 6);
    expect(seconds("inter_token_latency")).toBeCloseTo(seconds("request_decode_time"), 6);
    expect(seconds("request_time_per_output_token") * 19).toBeCloseTo(seconds("request_decode_time"), 6);
  });

  it("does not count probes and scrapes, and all lost paths as one", async () => {
    const { origin, scrape } = await start();
    await fetch(`${origin}/health`);
    await fetch(`${origin}/version`);
    await fetch(`${origin}/lost/1`);
    await fetch(`${origin}/lost/2`);
    await scrape();
    const counted = [...(await scrape())].filter(([name]) => name.startsWith("http_requests_total"));
    expect(counted).toEqual([['http_requests_total{method="GET",handler="none",status="4xx"}', 2]]);
  });
});
