import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { text as readText } from "node:stream/consumers";
import { beforeAll, describe, expect, it } from "vitest";
import type { Gateway } from "../../quickstart/traffic.ts";
import { gateway, kubectl, lastChanges, mustPulumi, shift } from "./stack.ts";
import { model, settled } from "./traffic.ts";

const namespace = "vllm";
let target: Gateway;

beforeAll(async () => {
  target = await gateway();
});

/** How one stream ended: `done`, or what went wrong. */
async function streamOnce({ url, host }: Gateway, tokens: number): Promise<string> {
  const body = JSON.stringify({ model, prompt: "Hello", max_tokens: tokens, ignore_eos: true, stream: true });
  const call = request(`${url}/v1/completions`, { method: "POST", headers: { host } }).end(body);
  const [answer] = (await once(call, "response")) as [IncomingMessage];
  const text = await readText(answer);
  if (answer.statusCode !== 200) return `status ${answer.statusCode}: ${text}`;
  const count = text.split('"finish_reason"').length - 1;
  if (text.includes('"error"')) return text.slice(text.indexOf('"error"'));
  return text.endsWith("data: [DONE]\n\n") && count === tokens ? "done" : `cut after ${count} tokens`;
}

/** Keeps streams open, each followed by the next one, until told to stop. */
function steadyStreams(count: number): { stop: () => Promise<readonly string[]> } {
  const ends: string[] = [];
  let going = true;
  const client = async (): Promise<void> => {
    while (going) ends.push(await streamOnce(target, 400).catch((error: unknown) => String(error)));
  };
  const clients = Promise.all(Array.from({ length: count }, client));
  return {
    stop: async () => {
      going = false;
      await clients;
      return ends;
    },
  };
}

async function podOf(version: string): Promise<string> {
  const selector = `version=${version}`;
  const field = "jsonpath={.items[?(@.status.phase=='Running')].metadata.name}";
  return (await kubectl("-n", namespace, "get", "pods", "-l", selector, "-o", field)).trim();
}

describe("a new configuration of the version that is being used", () => {
  it("replaces its pods under open streams, and not one of them is cut or refused", async () => {
    await shift(0);
    await settled(target, "v1");
    const before = await podOf("v1");
    const streams = steadyStreams(50);
    await mustPulumi("config", "set", "--path", "versions[0].engine.seed", "7");
    await mustPulumi("up", "--yes", "--skip-preview");
    expect(await lastChanges()).toEqual({ update: 1 });
    // The old pod has had its notice by now; this outlasts its drain.
    await expect.poll(() => podOf("v1"), { timeout: 60_000, interval: 500 }).toMatch(/^\S+$/);
    const ends = await streams.stop();
    expect(await podOf("v1")).not.toBe(before);
    expect(ends.length).toBeGreaterThan(100);
    expect(ends.filter((end) => end !== "done")).toEqual([]);
    process.stdout.write(`rolling update under 50 open streams: ${ends.length} streams, all done\n`);
  });
});
