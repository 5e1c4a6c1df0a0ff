import { describe, expect, it } from "vitest";
import { readCompletion, seriesName, start } from "./helpers.ts";

const RUNNING = seriesName("num_requests_running");
const WAITING = seriesName("num_requests_waiting");
const endless = { prompt: "hello", max_tokens: 8000, ignore_eos: true, stream: true };

describe("an engine under load", () => {
  it("lets a second request wait for the only place", async () => {
    const { complete, until, scrape } = await start({ maxNumSeqs: 1, interTokenLatencyMs: 5 });
    const leave = new AbortController();
    await complete(endless, { signal: leave.signal });
    const second = complete({ prompt: "hello" });
    await until((metrics) => metrics.get(WAITING) === 1);
    const metrics = await scrape();
    expect([
      metrics.get(RUNNING),
      metrics.get(seriesName("num_requests_waiting_by_reason", ',reason="capacity"')),
    ]).toEqual([1, 1]);
    leave.abort();
    expect((await readCompletion(await second)).usage.completion_tokens).toBe(16);
  });

  it.each([true, false])("frees the place of a client that leaves (stream: %s)", async (stream) => {
    const { complete, until, scrape } = await start({ interTokenLatencyMs: 5 });
    const leave = new AbortController();
    const response = complete({ ...endless, stream }, { signal: leave.signal });
    response.catch(() => undefined);
    await until((metrics) => metrics.get(RUNNING) === 1);
    expect((await scrape()).get(seriesName("kv_cache_usage_perc"))).toBeGreaterThan(0);
    leave.abort();
    await until((metrics) => metrics.get(RUNNING) === 0);
    const metrics = await scrape();
    expect(metrics.get(seriesName("kv_cache_usage_perc"))).toBe(0);
    // As in vLLM, nobody has finished.
    expect(metrics.get(seriesName("e2e_request_latency_seconds_count"))).toBe(0);
  });

  it("refuses with 503 what exceeds its queue, before any stream begins", async () => {
    const { complete, scrape, until } = await start({ maxNumSeqs: 1, maxQueuedRequests: 2, interTokenLatencyMs: 5 });
    const leave = new AbortController();
    await complete(endless, { signal: leave.signal });
    await complete(endless, { signal: leave.signal });
    const refused = await complete(endless);
    expect([refused.status, await refused.json()]).toEqual([
      503,
      {
        error: {
          message:
            "The engine is currently busy and cannot accept new requests. Please try again later or on a different instance.",
          type: "Service Unavailable",
          param: null,
          code: 503,
        },
      },
    ]);
    const metrics = await scrape();
    expect(metrics.get('vllm:admission_rejections_total{model_name="m",reason="max_num_queued_reqs"}')).toBe(1);
    leave.abort();
    await until((later) => later.get(RUNNING) === 0);
    expect((await complete({ prompt: "a", n: 2 })).status).toBe(200);
    expect((await complete({ prompt: "a", n: 3 })).status).toBe(503);
  });

  it("preempts, counts it and still answers in full when the KV cache is too small for all", async () => {
    const { complete, scrape } = await start({ maxModelLength: 64, kvCacheTokens: 64 });
    const { choices, usage } = await readCompletion(
      await complete({ prompt: "hello", n: 3, max_tokens: 60, ignore_eos: true }),
    );
    expect([choices.map(({ finish_reason }) => finish_reason), usage.completion_tokens]).toEqual([
      ["length", "length", "length"],
      180,
    ]);
    const alone = await readCompletion(
      await (await start()).complete({ prompt: "hello", n: 3, max_tokens: 60, ignore_eos: true }),
    );
    expect(choices.map(({ text }) => text)).toEqual(alone.choices.map(({ text }) => text));
    const metrics = await scrape();
    expect(metrics.get(seriesName("num_preemptions_total"))).toBeGreaterThan(0);
    expect(metrics.get(seriesName("request_num_preemptions_sum"))).toBe(
      metrics.get(seriesName("num_preemptions_total")),
    );
  });

  it("tells how busy it is", async () => {
    const { complete, engine } = await start({ interTokenLatencyMs: 5, maxNumSeqs: 1 });
    expect(await engine.gpuUtilization()).toEqual([0]);
    const leave = new AbortController();
    await complete(endless, { signal: leave.signal });
    await engine.gpuUtilization();
    expect(await engine.gpuUtilization()).toEqual([1]);
    leave.abort();
  });

  it("ends what runs when it is paused, and refuses what comes until it is resumed", async () => {
    const { complete, post, origin } = await start({ interTokenLatencyMs: 5 });
    const stream = await complete(endless);
    expect(await (await post("/pause", {})).json()).toEqual({ status: "paused" });
    expect(await stream.text()).toMatch(/"finish_reason":"abort".*\n\ndata: \[DONE\]\n\n$/);
    expect(await (await fetch(`${origin}/is_paused`)).json()).toEqual({ is_paused: true });
    const refused = await complete({ prompt: "a" });
    expect([refused.status, await refused.json()]).toEqual([
      503,
      {
        error: {
          message: "Generation is paused. Please retry after it resumes.",
          type: "ServiceUnavailableError",
          param: null,
          code: 503,
        },
      },
    ]);
    expect(await (await complete({ prompt: "a", stream: true })).text()).toBe(
      'data: {"error": {"message": "Generation is paused. Please retry after it resumes.", "type": ' +
        '"ServiceUnavailableError", "param": null, "code": 503}}\n\ndata: [DONE]\n\n',
    );
    expect((await post("/pause?mode=keep", {})).status).toBe(400);
    await post("/resume", {});
    expect((await complete({ prompt: "a" })).status).toBe(200);
  });
});
