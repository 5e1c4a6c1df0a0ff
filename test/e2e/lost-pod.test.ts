import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Gateway } from "../../quickstart/traffic.ts";
import { gateway, kubectl, mustPulumi, namespace, podsOf, shift } from "./stack.ts";
import { failures, steadyStreams } from "./streams.ts";
import { settled } from "./traffic.ts";

const clients = 60;
const graceMs = 5_000;
/** Of each stream: it must outlast the moments that a killed container is still given. */
const tokens = 2_000;
let target: Gateway;

async function runStable(pods: number): Promise<void> {
  await mustPulumi("config", "set", "--path", "versions[0].replicas.min", String(pods));
  await mustPulumi("up", "--yes", "--skip-preview");
}

/** How many requests a pod has open. */
async function inFlight(pod: string): Promise<number> {
  const exposition = await kubectl("get", "--raw", `/api/v1/namespaces/${namespace}/pods/${pod}:8001/proxy/metrics`);
  return Number(/^vllm_requests_in_flight\{.*\} (\d+)$/m.exec(exposition)?.[1]);
}

/** One of the pods, at random, of those that have requests open: one that was just added may have none yet. */
async function busyPod(pods: readonly string[]): Promise<string> {
  const open = await Promise.all(pods.map(inFlight));
  const busy = pods.filter((_, index) => (open[index] ?? 0) > 0);
  return busy[Math.floor(Math.random() * busy.length)] ?? "";
}

beforeAll(async () => {
  target = await gateway();
  await shift(0);
  await runStable(2);
  const ready = ["-n", namespace, "wait", "pod", "-l", "version=v1", "--for=condition=Ready", "--timeout=90s"];
  const scaled = async (): Promise<void> => {
    expect((await podsOf("v1")).length).toBeGreaterThanOrEqual(2);
  };
  await vi.waitFor(scaled, { timeout: 60_000, interval: 500 });
  await kubectl(...ready);
  await settled(target, "v1");
});

afterAll(async () => {
  await mustPulumi("config", "rm", "--path", "versions[0].replicas");
  await mustPulumi("up", "--yes", "--skip-preview");
  await shift(10);
});

describe("a pod that is killed at random under load", () => {
  it("fails only the streams on it, each by an error and at once", async () => {
    const streams = steadyStreams(target, clients, tokens);
    await delay(3_000);
    const pods = await podsOf("v1");
    const lost = await busyPod(pods);
    const killed = performance.now();
    await kubectl("-n", namespace, "delete", "pod", lost, "--grace-period=0", "--force");
    await delay(2 * graceMs);
    const ends = await streams.stop();
    const failed = failures(ends);
    console.log(
      `killed ${lost} under ${clients} streams: ${failed.length} of ${ends.length} failed:`,
      JSON.stringify([...new Set(failed.map(({ end }) => end))]),
    );
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThanOrEqual(clients);
    expect(failed.filter(({ at }) => at - killed > graceMs || at < killed)).toEqual([]);
    expect(failed.filter(({ end }) => !/aborted|socket hang up|ECONNRESET|status 503/.test(end))).toEqual([]);
    const survivors = pods.filter((pod) => pod !== lost);
    const logs = survivors.map((pod) => kubectl("-n", namespace, "logs", pod, "-c", "server", "--tail=-1"));
    const served = (await Promise.all(logs)).join("");
    expect(failed.filter(({ id }) => id !== undefined && served.includes(id))).toEqual([]);
  });
});
