import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { complete, gate, scriptedEngine, serve, testEngine, token } from "./helpers.ts";
import { values } from "./series.ts";

describe("a stream", () => {
  it("is timed until its body ends, not until its headers", async () => {
    const rest = gate();
    const service = await serve(
      scriptedEngine(async function* () {
        yield token(" a");
        await rest.opened;
        yield token(" b", "stop");
      }),
    );
    const response = await complete(service.url, { prompt: "one two", stream: true });
    const reader = response.body?.getReader();
    await reader?.read();
    await sleep(120);
    const during = ["ok", "latencyCount", "inFlight", "firstTokenCount", "tokenLatencyCount"] as const;
    expect(await values(service, ...during)).toEqual({
      ok: 0,
      latencyCount: 0,
      inFlight: 1,
      firstTokenCount: 1,
      tokenLatencyCount: 0,
    });
    rest.open();
    while ((await reader?.read())?.done === false);
    await vi.waitFor(async () => {
      expect((await values(service, "ok")).ok).toBe(1);
    });
    const after = ["latencyCount", "inFlight", "tokenLatencyCount", "promptTokens", "completionTokens"] as const;
    expect(await values(service, ...after)).toEqual({
      latencyCount: 1,
      inFlight: 0,
      tokenLatencyCount: 1,
      promptTokens: 2,
      completionTokens: 2,
    });
    const sums = await values(service, "latencySum", "firstTokenSum", "tokenLatencySum");
    expect(sums.latencySum).toBeGreaterThan(0.11);
    expect(sums.tokenLatencySum).toBeGreaterThan(0.11);
    expect(sums.firstTokenSum).toBeLessThan(sums.tokenLatencySum);
  });

  it.each([true, false])(
    "that the client leaves stops the engine within 1 s and counts as 499 (stream: %s)",
    async (stream) => {
      let stoppedAt = NaN;
      const started = gate();
      const service = await serve(
        scriptedEngine(async function* (request, signal) {
          try {
            for await (const each of testEngine(10).generate(request, signal)) {
              yield each;
              started.open();
            }
          } finally {
            stoppedAt = performance.now();
          }
        }),
      );
      const controller = new AbortController();
      const body = { prompt: "hello", max_tokens: 8000, ignore_eos: true, stream };
      const answer = complete(service.url, body, controller.signal).then((response) => response.text());
      await started.opened;
      const leftAt = performance.now();
      controller.abort();
      await expect(answer).rejects.toThrow("aborted");
      await vi.waitFor(async () => {
        expect(await values(service, "left", "ok", "broken", "inFlight", "latencyCount")).toEqual({
          left: 1,
          ok: 0,
          broken: 0,
          inFlight: 0,
          latencyCount: 1,
        });
      });
      expect(stoppedAt - leftAt).toBeLessThan(1000);
    },
  );

  it("that we break off counts as 500 and is not timed", async () => {
    const service = await serve(
      scriptedEngine(async function* () {
        yield token(" a");
        await sleep(10);
        throw new Error("engine failed, on purpose");
      }),
    );
    vi.spyOn(console, "error").mockReturnValue(undefined);
    const response = await complete(service.url, { prompt: "hello", stream: true });
    await expect(response.text()).rejects.toThrow("terminated");
    expect(await values(service, "broken", "left", "ok", "inFlight", "latencyCount")).toEqual({
      broken: 1,
      left: 0,
      ok: 0,
      inFlight: 0,
      latencyCount: 0,
    });
  });

  it("is not generated ahead of a client that does not read", async () => {
    let generated = 0;
    const service = await serve(
      scriptedEngine(async function* (_, signal) {
        for (; generated < 4000; generated += 1) {
          signal.throwIfAborted();
          await sleep(0);
          yield token("x".repeat(100_000));
        }
      }),
    );
    const socket = connect(service.port, "127.0.0.1");
    await once(socket, "connect");
    const body = JSON.stringify({ prompt: "hello", stream: true });
    socket.write(`POST /v1/completions HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    const plateau = async (): Promise<number> => {
      const before = generated;
      await sleep(300);
      return generated === before && generated > 0 ? generated : plateau();
    };
    expect(await plateau()).toBeLessThan(500);
    socket.destroy();
  });
});
