import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { text as readText } from "node:stream/consumers";
import type { Gateway } from "../../quickstart/traffic.ts";
import { model } from "./traffic.ts";

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
export function steadyStreams(target: Gateway, count: number): { stop: () => Promise<readonly string[]> } {
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
