import { describe, expect, it, vi } from "vitest";
import { chunk, post, prompt, recording, refusal, scriptedEngine, serve, stream, streamed } from "../helpers.ts";

describe("an engine that fails", () => {
  it("by not being there gives 503 and the time to wait", async () => {
    const { engine } = await recording();
    await engine.stop();
    const { url, records } = await serve(engine);
    const response = await post(`${url}/v1/completions`, prompt);
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await response.json()).toEqual(
      refusal(503, "ServiceUnavailableError", "The engine cannot be reached; it may be starting or stopping."),
    );
    await vi.waitFor(() => {
      expect(records).toMatchObject([{ status: 503, outcome: "overloaded" }]);
    });
  });

  it("before its answer gives 502", async () => {
    const engine = await scriptedEngine((outgoing) => outgoing.destroy());
    const { url, metric } = await serve(engine);
    const response = await post(`${url}/v1/completions`, streamed);
    expect([response.status, await response.json()]).toEqual([
      502,
      refusal(502, "BadGatewayError", "The engine's connection broke before the answer was complete."),
    ]);
    expect(await metric("vllm_requests_total", 'status="502"')).toBe(1);
  });

  it("that does not begin its answer in time gives 504", async () => {
    const engine = await scriptedEngine(() => undefined);
    const { url } = await serve(engine, { ENGINE_TIMEOUT_SECONDS: "1" });
    const response = await post(`${url}/v1/completions`, prompt);
    expect([response.status, await response.json()]).toEqual([
      504,
      refusal(504, "GatewayTimeoutError", "The engine did not answer in time."),
    ]);
  });

  it.each([
    ["dies", { ENGINE_IDLE_TIMEOUT_SECONDS: "60" }, "stream_cut", "cut", 502],
    ["falls silent", { ENGINE_IDLE_TIMEOUT_SECONDS: "1" }, "stream_timeout", "timeout", 504],
  ])(
    "inside a stream, since it %s, ends it with an error event and the closing one",
    async (how, environment, outcome, kind, code) => {
      const engine = await scriptedEngine((outgoing) => {
        stream(outgoing, chunk("a"));
        outgoing.write('data: {"id":"half');
        if (how === "dies") setTimeout(() => outgoing.destroy(), 50);
      });
      const { url, records, metric } = await serve(engine, environment);
      const response = await post(`${url}/v1/completions`, streamed);
      const events = (await response.text()).split("\n\n");
      expect(events).toEqual([`data: ${chunk("a")}`, expect.stringMatching(/^data: \{"error":/), "data: [DONE]", ""]);
      expect(JSON.parse((events[1] ?? "").slice(6))).toMatchObject({ error: { code } });
      await vi.waitFor(() => {
        expect(records).toMatchObject([{ status: 200, outcome, completion_tokens: 1 }]);
      });
      expect(await metric("vllm_stream_failures_total", `kind="${kind}"`)).toBe(1);
      expect(await metric("vllm_requests_in_flight")).toBe(0);
    },
  );

  it("that ends a stream without its closing event is found out", async () => {
    const engine = await scriptedEngine((outgoing) => {
      stream(outgoing, chunk("a"));
      outgoing.end();
    });
    const { url, records } = await serve(engine);
    expect(await (await post(`${url}/v1/completions`, streamed)).text()).toMatch(
      /^data: .*\n\ndata: \{"error".*\n\ndata: \[DONE\]\n\n$/,
    );
    await vi.waitFor(() => {
      expect(records).toMatchObject([{ outcome: "stream_cut" }]);
    });
  });

  it.each([
    [
      "error",
      "stream_error",
      ['{"error":{"message":"out of memory","type":"InternalServerError","param":null,"code":500}}'],
    ],
    ["abort", "stream_abort", [chunk("", "abort")]],
  ])("under status 200 is counted as %s, and its stream passes unchanged", async (kind, outcome, events) => {
    const engine = await scriptedEngine((outgoing) => {
      stream(outgoing, chunk("a"), ...events, "[DONE]");
      outgoing.end();
    });
    const { url, records, metric } = await serve(engine);
    const sent = await (await post(`${url}/v1/completions`, streamed)).text();
    expect(sent).toBe([chunk("a"), ...events, "[DONE]"].map((data) => `data: ${data}\n\n`).join(""));
    await vi.waitFor(() => {
      expect(records).toMatchObject([{ status: 200, outcome }]);
    });
    expect(await metric("vllm_stream_failures_total", `kind="${kind}"`)).toBe(1);
    expect(await metric("vllm_requests_total", 'status="200"', 'route="/v1/completions"')).toBe(1);
  });

  it("to its own readiness makes the service unready, not dead", async () => {
    let healthy = true;
    const engine = await scriptedEngine((outgoing) => outgoing.writeHead(healthy ? 200 : 503).end());
    const { url } = await serve(engine);
    const statuses = async () => [(await fetch(`${url}/health`)).status, (await fetch(`${url}/ready`)).status];
    expect(await statuses()).toEqual([200, 200]);
    healthy = false;
    expect(await statuses()).toEqual([200, 503]);
    await engine.stop();
    expect(await statuses()).toEqual([200, 503]);
  });
});
