import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { text as readText } from "node:stream/consumers";
import type { Gateway } from "../../quickstart/traffic.ts";
import { model } from "./traffic.ts";

/** How one stream went. */
export interface StreamEnd {
  /** `done`, or what went wrong. */
  readonly end: string;
  /** The request id of the answer; undefined when there was none. */
  readonly id: string | undefined;
  /** When it ended, in milliseconds as of `performance.now()`. */
  readonly at: number;
}

async function streamOnce({ url, host }: Gateway, tokens: number): Promise<StreamEnd> {
  let id: string | undefined;
  const ended = (end: string): StreamEnd => ({ end, id, at: performance.now() });
  try {
    const body = JSON.stringify({ model, prompt: "Hello", max_tokens: tokens, ignore_eos: true, stream: true });
    const call = request(`${url}/v1/completions`, { method: "POST", headers: { host }, timeout: 30_000 }).end(body);
    call.on("timeout", () => call.destroy(new Error("silent for 30 seconds")));
    const [answer] = (await once(call, "response")) as [IncomingMessage];
    const header = answer.headers["x-request-id"];
    id = typeof header === "string" ? header : undefined;
    const text = await readText(answer);
    if (answer.statusCode !== 200) return ended(`status ${answer.statusCode}: ${text}`);
    const count = text.split('"finish_reason"').length - 1;
    if (text.includes('"error"')) return ended(text.slice(text.indexOf('"error"')));
    return ended(text.endsWith("data: [DONE]\n\n") && count === tokens ? "done" : `cut after ${count} tokens`);
  } catch (error) {
    return ended(String(error));
  }
}

/** Keeps streams of that many tokens open, each followed by the next one, until told to stop. */
export function steadyStreams(
  target: Gateway,
  count: number,
  tokens = 400,
): { stop: () => Promise<readonly StreamEnd[]> } {
  const ends: StreamEnd[] = [];
  let going = true;
  const client = async (): Promise<void> => {
    while (going) ends.push(await streamOnce(target, tokens));
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

/** What went wrong with streams, without what went well. */
export function failures(ends: readonly StreamEnd[]): readonly StreamEnd[] {
  return ends.filter(({ end }) => end !== "done");
}
