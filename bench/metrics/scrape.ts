import { once } from "node:events";
import { Agent, createServer, get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { getRequestListener } from "@hono/node-server";
import { createMetricsApi } from "../../app/metrics-api.ts";
import type { Metrics } from "../../app/metrics.ts";
import { createFullMetrics } from "./fill.ts";

const WARM_UP = 50;
const SCRAPES = 500;
const PAUSE_MS = 10;

/**
 * Scrapes the largest exposition there can be over HTTP and prints its size, how long the whole scrape takes its client,
 * and for how long of that the text is made, during which the service answers nobody else. To be run by
 * `node bench/metrics/scrape.ts`; it takes 10 s.
 */
async function serveAndReport(): Promise<void> {
  const full = createFullMetrics();
  const text = await full.expose();
  const making: number[] = [];
  const metrics: Metrics = { ...full, expose: () => timed(() => full.expose(), making) };
  const answer = getRequestListener(createMetricsApi(metrics, { origin: "http://127.0.0.1:9" }).fetch);
  const server = createServer((incoming, outgoing) => void answer(incoming, outgoing)).listen(0, "127.0.0.1");
  await once(server, "listening");
  // The client has a thread of its own: its work must not delay the server's.
  const client = new Worker(import.meta.filename, { workerData: server.address() });
  const [scraping] = (await once(client, "message")) as [number[]];
  const lines = text.split("\n").length;
  process.stdout.write(`${Buffer.byteLength(text)} bytes in ${lines} lines, ${scraping.length} scrapes\n`);
  process.stdout.write(`scrape ${summary(scraping)}\ntext   ${summary(making.slice(WARM_UP))}\n`);
  server.close();
}

async function scrapeAndTell({ port }: { port: number }): Promise<void> {
  const agent = new Agent({ keepAlive: true });
  const times: number[] = [];
  for (let i = 0; i < WARM_UP + SCRAPES; i += 1) {
    await timed(() => scrape(agent, port), times);
    await sleep(PAUSE_MS);
  }
  agent.destroy();
  parentPort?.postMessage(times.slice(WARM_UP));
}

function scrape(agent: Agent, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get({ agent, port, host: "127.0.0.1", path: "/metrics" }, (response) => {
      response.resume().once("end", resolve).once("error", reject);
    });
    request.once("error", reject);
  });
}

async function timed<Result>(work: () => Promise<Result>, times: number[]): Promise<Result> {
  const startedAt = performance.now();
  const result = await work();
  times.push(performance.now() - startedAt);
  return result;
}

function summary(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.ceil(share * sorted.length) - 1] ?? NaN).toFixed(2);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`;
}

if (isMainThread) await serveAndReport();
else await scrapeAndTell(workerData as { port: number });
