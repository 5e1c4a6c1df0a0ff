import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { complete, serve } from "./helpers.ts";
import { values } from "./series.ts";

describe("the exposition", () => {
  it("has these metrics, types and labels", async () => {
    const service = await serve();
    await (await complete(service.url, { prompt: "hello" })).text();
    await (await fetch(`${service.url}/nowhere`)).text();
    const text = await (await fetch(service.metricsUrl)).text();
    const types = text.split("\n").filter((line) => line.startsWith("# TYPE vllm_"));
    const labels = [...(await service.scrape()).keys()]
      .filter((name) => name.startsWith("vllm_"))
      .map((name) => name.replace(/le="[^"]*"/, "le").replace(/node_version="[^"]*"/, "node_version"));
    expect([...types, ...new Set(labels)].join("\n")).toMatchInlineSnapshot(`
      "# TYPE vllm_requests_total counter
      # TYPE vllm_request_latency_seconds histogram
      # TYPE vllm_time_to_first_token_seconds histogram
      # TYPE vllm_token_latency_seconds histogram
      # TYPE vllm_requests_in_flight gauge
      # TYPE vllm_prompt_tokens_total counter
      # TYPE vllm_completion_tokens_total counter
      # TYPE vllm_build_info gauge
      vllm_requests_total{route="/v1/completions",status="200",version="v1",model="m"}
      vllm_requests_total{route="/v1/completions",status="499",version="v1",model="m"}
      vllm_requests_total{route="/v1/completions",status="500",version="v1",model="m"}
      vllm_requests_total{route="other",status="404",version="v1",model="m"}
      vllm_request_latency_seconds_bucket{le,version="v1",model="m",route="/v1/completions"}
      vllm_request_latency_seconds_sum{version="v1",model="m",route="/v1/completions"}
      vllm_request_latency_seconds_count{version="v1",model="m",route="/v1/completions"}
      vllm_time_to_first_token_seconds_bucket{le,version="v1",model="m"}
      vllm_time_to_first_token_seconds_sum{version="v1",model="m"}
      vllm_time_to_first_token_seconds_count{version="v1",model="m"}
      vllm_token_latency_seconds_bucket{le,version="v1",model="m"}
      vllm_token_latency_seconds_sum{version="v1",model="m"}
      vllm_token_latency_seconds_count{version="v1",model="m"}
      vllm_requests_in_flight{version="v1",model="m"}
      vllm_prompt_tokens_total{version="v1",model="m"}
      vllm_completion_tokens_total{version="v1",model="m"}
      vllm_build_info{engine="simulated",node_version,revision="unknown",version="v1",model="m"}"
    `);
  });

  it("has version and model exactly once on every series, Node's own included", async () => {
    const scraped = await (await serve()).scrape();
    const names = [...scraped.keys()];
    expect(names.filter((name) => name.startsWith("nodejs_")).length).toBeGreaterThan(10);
    for (const name of names) {
      expect(name.match(/[{,]version="[^"]*"/g)?.map((label) => label.slice(1))).toEqual(['version="v1"']);
      expect(name.match(/[{,]model="[^"]*"/g)?.map((label) => label.slice(1))).toEqual(['model="m"']);
    }
  });

  it("is served on the metrics port only, which serves nothing else", async () => {
    const service = await serve();
    const response = await fetch(service.metricsUrl);
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect((await fetch(`${service.url}/metrics`)).status).toBe(404);
    for (const path of ["/", "/health", "/v1/models", "/metrics/"]) {
      expect((await fetch(new URL(path, service.metricsUrl))).status).toBe(404);
    }
    expect((await fetch(service.metricsUrl, { method: "POST" })).status).toBe(404);
  });
});

describe("what is counted", () => {
  it("counts refusals without timing them, and probes not at all", async () => {
    const service = await serve();
    for (const path of ["/health", "/ready", "/ready?x=1"]) await fetch(service.url + path);
    await complete(service.url, { prompt: 1 });
    await complete(service.url, { model: "x", prompt: "hello" });
    await fetch(`${service.url}/v1/models?x=1`);
    const counted = [...(await service.scrape())].filter(
      ([name, n]) => name.startsWith("vllm_requests_total") && n > 0,
    );
    expect(counted).toEqual([
      ['vllm_requests_total{route="/v1/completions",status="400",version="v1",model="m"}', 1],
      ['vllm_requests_total{route="/v1/completions",status="404",version="v1",model="m"}', 1],
      ['vllm_requests_total{route="/v1/models",status="200",version="v1",model="m"}', 1],
    ]);
    expect(await values(service, "latencyCount", "promptTokens")).toEqual({ latencyCount: 0, promptTokens: 0 });
  });

  it("keeps the number of series bounded whatever clients send", async () => {
    const service = await serve();
    const path = fc.oneof(
      fc.constantFrom("/v1/completions", "/v1/models", "/health", "/v1/%6dodels", "//", "/v1/completions?a=b"),
      fc.webPath().map((each) => `/${each}`),
    );
    const method = fc.constantFrom("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "PROPFIND");
    const body = fc.oneof(
      fc.json(),
      fc
        .record({ model: fc.oneof(fc.constant("m"), fc.string()), prompt: fc.string(), stream: fc.boolean() })
        .map((each) => JSON.stringify(each)),
    );
    const statuses = new Set<number>();
    const send = async (to: string, how: string, content: string): Promise<void> => {
      const hasBody = how !== "GET" && how !== "HEAD";
      const response = await fetch(service.url + to, { method: how, body: hasBody ? content : null });
      await response.text();
      statuses.add(response.status);
    };
    await fc.assert(fc.asyncProperty(path, method, body, send), { numRuns: 400 });
    const names = [...(await service.scrape()).keys()].filter((name) => name.startsWith("vllm_"));
    const requests = names.filter((name) => name.startsWith("vllm_requests_total"));
    expect(requests.length).toBeLessThanOrEqual(3 * 7);
    // Histograms 23, 21 and 19 lines, in flight, two token counters, build info.
    expect(names.length - requests.length).toBe(23 + 21 + 19 + 1 + 2 + 1);
    expect([...statuses].filter((status) => ![200, 400, 404, 405].includes(status))).toEqual([]);
  });
});
