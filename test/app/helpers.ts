import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import type { Engine } from "../../app/engines/engine.ts";
import { startSimulatedEngine } from "../../app/engines/simulated/simulated-engine.ts";
import type { RequestRecord } from "../../app/request-log/record.ts";
import { startService } from "../../app/service.ts";
import { readSettings } from "../../app/settings.ts";
import { createTracing } from "../../app/tracing.ts";

/** A request as the engine got it. */
export interface EngineRequest {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** Answers one request in the engine's place. */
export type Script = (outgoing: ServerResponse, request: EngineRequest) => void;

/** An engine that answers as the test says, on a port of its own until the test ends. */
export async function scriptedEngine(script: Script): Promise<Engine> {
  const server = createServer((incoming, outgoing) => {
    void buffer(incoming).then((body) => {
      script(outgoing, { path: incoming.url ?? "", headers: incoming.headers, body: body.toString() });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const stop = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    await Promise.resolve();
  };
  onTestFinished(stop);
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { name: "vllm", origin, gpuUtilization: () => Promise.resolve([]), stop };
}

/** Begins a stream of events and writes the first ones. */
export function stream(outgoing: ServerResponse, ...events: readonly string[]): void {
  outgoing.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
  for (const event of events) outgoing.write(`data: ${event}\n\n`);
}

/** One chunk of a completion's stream. */
export const chunk = (text: string, finishReason: string | null = null): string =>
  JSON.stringify({ id: "cmpl-1", choices: [{ index: 0, text, finish_reason: finishReason }] });

/** A simulated engine of version v1 and model `m` without delays. */
export async function testEngine(): Promise<Engine> {
  const { engine } = testSettings();
  if (engine.kind !== "simulated") throw new Error("the settings name another engine");
  const started = await startSimulatedEngine(engine);
  onTestFinished(() => started.stop());
  return started;
}

/** Settings of a service under test: version v1, model `m`, no simulated delays, no drain; and what is given here. */
export const testSettings = (environment: Readonly<Record<string, string>> = {}) =>
  readSettings({
    MODEL_VERSION: "v1",
    MODEL_NAME: "m",
    DRAIN_TIMEOUT_SECONDS: "0",
    SIMULATED_TIME_TO_FIRST_TOKEN_MS: "0",
    SIMULATED_INTER_TOKEN_LATENCY_MS: "0",
    ...environment,
  });

/** Starts a service on free ports and stops it with the test. */
export async function serve(engine: Engine, environment?: Readonly<Record<string, string>>) {
  const records: RequestRecord[] = [];
  const log = {
    write: (record: RequestRecord) => void records.push(record),
    dropped: 0,
    flush: () => Promise.resolve(),
  };
  const tracing = await createTracing({}, "v1");
  const service = await startService(testSettings(environment), { engine, log, tracing }, { api: 0, metrics: 0 });
  let stopped: Promise<number> | undefined;
  const stop = (): Promise<number> => (stopped ??= service.stop());
  onTestFinished(async () => {
    await stop();
  });
  const metricsUrl = `http://127.0.0.1:${service.ports.metrics}/metrics`;
  return {
    port: service.ports.api,
    url: `http://127.0.0.1:${service.ports.api}`,
    metricsUrl,
    /** What the request log was given. */
    records,
    stop,
    /** Sum of the series of that name that have all these labels, such as `status="200"`; NaN when there is none. */
    metric: async (name: string, ...labels: readonly string[]) =>
      sumOf(await (await fetch(metricsUrl)).text(), name, labels),
  };
}

/** Posts JSON. */
export const post = (url: string, body: unknown, init: RequestInit = {}): Promise<Response> =>
  fetch(url, {
    headers: { "content-type": "application/json" },
    ...init,
    method: "POST",
    body: JSON.stringify(body),
  });

function sumOf(exposition: string, name: string, labels: readonly string[]): number {
  const series = exposition
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`) && labels.every((label) => line.includes(label)))
    .map((line) => Number(/\} (\S+)/.exec(line)?.[1]));
  return series.length === 0 ? NaN : series.reduce((sum, value) => sum + value, 0);
}

/** An engine that answers every request alike, and what it was asked. */
export async function recording(answer: (asked: EngineRequest) => string = () => '{"choices":[{"text":"hi"}]}') {
  const asked: EngineRequest[] = [];
  const engine = await scriptedEngine((outgoing, request) => {
    asked.push(request);
    outgoing.setHeader("content-type", "application/json").end(answer(request));
  });
  return { asked, engine };
}

/** Body of an answer that refuses. */
export const refusal = (code: number, type: string, message: string, param: string | null = null) => ({
  error: { message, type, param, code },
});

/** A request of a completion. */
export const prompt = { model: "m", prompt: "hello" };

/** The same, streamed. */
export const streamed = { ...prompt, stream: true };
