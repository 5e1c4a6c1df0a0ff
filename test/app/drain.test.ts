import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { describe, expect, it, onTestFinished } from "vitest";
import type { RequestRecord } from "../../app/request-log/record.ts";
import { post } from "./helpers.ts";

interface LogLine {
  readonly message: string;
  readonly api_port?: number;
  readonly requests_cut?: number;
}

/** Starts the service as a process of its own. */
async function start(environment: Readonly<Record<string, string>> = {}) {
  const env = { MODEL_VERSION: "v1", MODEL_NAME: "m", SIMULATED_INTER_TOKEN_LATENCY_MS: "10", ...environment };
  const child = spawn(process.execPath, ["test/app/serve-on-free-ports.ts"], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const exited = once(child, "exit");
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  /** The next log line that is no request's record. */
  const nextLine = async (): Promise<LogLine> => {
    for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
      const line = JSON.parse(next.value) as LogLine | RequestRecord;
      if ("message" in line) return line;
    }
    return { message: "end of log" };
  };
  const { api_port: port = 0 } = await nextLine();
  return { child, exited, nextLine, url: `http://127.0.0.1:${port}` };
}

/** Starts a stream of `tokens` tokens and waits for its first event. */
async function openStream(url: string, tokens: number) {
  const response = await post(`${url}/v1/completions`, {
    prompt: "hello",
    stream: true,
    ignore_eos: true,
    max_tokens: tokens,
  });
  const body = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const first = (await body?.read())?.value ?? "";
  /** Everything that was received, when the body ends. */
  const rest = async (): Promise<string> => {
    let text = first;
    for (let part = await body?.read(); part?.done === false; part = await body?.read()) text += part.value;
    return text;
  };
  return { rest };
}

describe("SIGTERM", () => {
  it("turns readiness off at once, finishes open streams, then exits 0", async () => {
    const { child, exited, nextLine, url } = await start();
    const stream = await openStream(url, 100);
    child.kill("SIGTERM");
    expect((await nextLine()).message).toBe("draining");
    const ready = await fetch(`${url}/ready`);
    expect([ready.status, ready.headers.get("connection")]).toEqual([503, "close"]);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    const late = await post(`${url}/v1/completions`, { prompt: "hello", max_tokens: 1 });
    const headers = ["connection", "retry-after"].map((name) => late.headers.get(name));
    expect([late.status, ...headers]).toEqual([503, "close", "1"]);
    expect(await late.json()).toMatchObject({ error: { message: "This replica is shutting down.", code: 503 } });
    const events = (await stream.rest()).split("\n\n");
    expect([events.length, events.at(-2)]).toEqual([102, "data: [DONE]"]);
    expect(await nextLine()).toEqual({ level: "info", message: "stopped", requests_cut: 0 });
    expect(await exited).toEqual([0, null]);
  });

  it("closes the connection of an answer that had not begun", async () => {
    const { child, exited, url } = await start();
    const answer = post(`${url}/v1/completions`, { prompt: "hello", ignore_eos: true, max_tokens: 40 });
    await openStream(url, 20);
    child.kill("SIGTERM");
    const response = await answer;
    expect([response.status, response.headers.get("connection")]).toEqual([200, "close"]);
    expect(await response.text()).toContain('"completion_tokens":40');
    expect(await exited).toEqual([0, null]);
  });

  it("does not wait for idle connections", async () => {
    const { child, exited, url } = await start();
    const response = await fetch(`${url}/v1/models`);
    expect([await response.text(), response.headers.get("connection")]).toEqual([expect.any(String), "keep-alive"]);
    child.kill("SIGTERM");
    expect(await exited).toEqual([0, null]);
  });

  it("tells the clients of what is still open after the drain timeout, and exits 0", async () => {
    const { child, exited, nextLine, url } = await start({ DRAIN_TIMEOUT_SECONDS: "1" });
    const stream = await openStream(url, 8000);
    child.kill("SIGTERM");
    const [error = "", done] = (await stream.rest()).split("\n\n").slice(-3);
    expect(JSON.parse(error.replace("data: ", ""))).toMatchObject({
      error: { code: 503, type: "ServiceUnavailableError" },
    });
    expect(done).toBe("data: [DONE]");
    expect((await nextLine()).message).toBe("draining");
    expect(await nextLine()).toEqual({ level: "info", message: "stopped", requests_cut: 1 });
    expect(await exited).toEqual([0, null]);
  });

  it.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const)("followed by %s quits at once with %i", async (second, code) => {
    const { child, exited, nextLine, url } = await start();
    const stream = await openStream(url, 8000);
    child.kill("SIGTERM");
    expect((await nextLine()).message).toBe("draining");
    child.kill(second);
    await expect(stream.rest()).rejects.toThrow("terminated");
    expect(await exited).toEqual([code, null]);
  });

  it("ends even when nobody reads the log any more", async () => {
    const { child, exited, url } = await start({ LOG_PROMPTS: "true", LOG_PROMPT_CHARACTERS: "100000" });
    child.stdout.pause();
    const body = { prompt: "word ".repeat(19_000), max_tokens: 1 };
    // More than a pipe holds: 64 KiB.
    for (let i = 0; i < 5; i += 1) await (await post(`${url}/v1/completions`, body)).text();
    child.kill("SIGTERM");
    expect(await exited).toEqual([0, null]);
  });
});
