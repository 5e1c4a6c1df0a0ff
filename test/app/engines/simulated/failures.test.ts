import { describe, expect, it } from "vitest";
import { readChunks, readCompletion, seriesName, start, type Completion } from "./helpers.ts";

const body = { prompt: "hello", max_tokens: 100, ignore_eos: true };
const broken = { message: "Internal server error", type: "InternalServerError", param: null, code: 500 };

describe("a bad version", () => {
  it.each([true, false])("refuses requests with 500 before their first byte (stream: %s)", async (stream) => {
    const { complete } = await start({ errorPercent: 100 });
    const response = await complete({ ...body, stream });
    expect([response.status, await response.json()]).toEqual([500, { error: broken }]);
  });

  it("breaks streams by an error event, with status 200", async () => {
    const { complete, scrape } = await start({ streamErrorPercent: 100 });
    const response = await complete({ ...body, stream: true });
    expect(response.status).toBe(200);
    const events = (await response.text()).split("\n\n");
    expect(events.slice(-3)).toEqual([
      'data: {"error": {"message": "Internal server error", "type": "InternalServerError", "param": null, "code": 500}}',
      "data: [DONE]",
      "",
    ]);
    expect(events.length - 3).toBeGreaterThan(0);
    expect(events.length - 3).toBeLessThanOrEqual(16);
    expect((await scrape()).get(seriesName("request_success_total", ',finished_reason="error"'))).toBe(1);
  });

  it("breaks the stream of a chat likewise, without spaces as vLLM does there", async () => {
    const { post } = await start({ streamErrorPercent: 100 });
    const messages = [{ role: "user", content: "hello" }];
    const events = (await (await post("/v1/chat/completions", { messages, stream: true })).text()).split("\n\n");
    expect(events.at(-3)).toBe(`data: ${JSON.stringify({ error: broken })}`);
  });

  it("answers 500 for what breaks and is no stream", async () => {
    const { complete } = await start({ streamErrorPercent: 100 });
    const response = await complete(body);
    expect([response.status, await response.json()]).toEqual([500, { error: broken }]);
  });

  it("breaks all choices of a request at once", async () => {
    const { complete, until } = await start({ streamErrorPercent: 100 });
    const events = (await (await complete({ ...body, n: 3, stream: true })).text()).split("\n\n");
    expect(events.filter((event) => event.includes("error"))).toHaveLength(1);
    expect((await complete({ ...body, n: 3 })).status).toBe(500);
    await until((metrics) => metrics.get(seriesName("num_requests_running")) === 0);
  });

  it.each([true, false])("ends answers early with abort (stream: %s)", async (stream) => {
    const { complete, scrape } = await start({ streamAbortPercent: 100 });
    const response = await complete({ ...body, stream });
    expect(response.status).toBe(200);
    const last = stream ? (await readChunks(response)).at(-1) : await readCompletion(response);
    expect(last?.choices[0]?.finish_reason).toBe("abort");
    expect((await scrape()).get(seriesName("request_success_total", ',finished_reason="abort"'))).toBe(1);
  });

  it("lets the connection die in the middle of a stream", async () => {
    const { complete, until } = await start({ streamCutPercent: 100 });
    const response = await complete({ ...body, stream: true });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow("terminated");
    await expect(complete(body)).rejects.toThrow("fetch failed");
    await until((metrics) => metrics.get(seriesName("num_requests_running")) === 0);
  });

  it("falls silent until the client goes", async () => {
    const { complete, until, scrape } = await start({ stallPercent: 100 });
    const leave = new AbortController();
    const response = await complete({ ...body, stream: true }, { signal: leave.signal });
    const reader = response.body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    // A sound engine of no latency would long be through by then.
    for (let look = 0; look < 50; look += 1) await scrape();
    const metrics = await scrape();
    const tokens = metrics.get(seriesName("generation_tokens_total")) ?? 0;
    expect([tokens > 0, tokens <= 16, metrics.get(seriesName("num_requests_running"))]).toEqual([true, true, 1]);
    leave.abort();
    await until((metrics) => metrics.get(seriesName("num_requests_running")) === 0);
  });

  it("strikes the shortest answers too", async () => {
    const { complete } = await start({ streamErrorPercent: 100 });
    expect((await complete({ prompt: "hello", max_tokens: 1 })).status).toBe(500);
  });

  it("draws the same failures again from the same seed, others from another, as many as it should", async () => {
    const statuses = async (seed: number): Promise<string> => {
      const { complete } = await start({ errorPercent: 50, seed });
      let all = "";
      for (let request = 0; request < 100; request += 1) all += String((await complete(body)).status === 500 ? 1 : 0);
      return all;
    };
    const first = await statuses(0);
    expect(await statuses(0)).toBe(first);
    expect(await statuses(1)).not.toBe(first);
    const failed = first.replaceAll("0", "").length;
    expect([failed > 30, failed < 70]).toEqual([true, true]);
  });

  it("does not count refused requests in, so that they do not shift what is drawn", async () => {
    const { complete } = await start({ streamAbortPercent: 50 });
    const other = await start({ streamAbortPercent: 50 });
    const reason = async (response: Response): Promise<unknown> =>
      ((await response.json()) as Completion).choices[0]?.finish_reason;
    for (let request = 0; request < 20; request += 1) {
      await complete({ prompt: "a", max_tokens: -1 });
      expect(await reason(await complete(body))).toBe(await reason(await other.complete(body)));
    }
  });

  it("refuses embeddings as often, and breaks none", async () => {
    const { post } = await start({ streamErrorPercent: 100, streamCutPercent: 100 });
    expect((await post("/v1/embeddings", { input: "a" })).status).toBe(200);
    const refusing = await start({ errorPercent: 100 });
    expect((await refusing.post("/v1/embeddings", { input: "a" })).status).toBe(500);
  });
});
