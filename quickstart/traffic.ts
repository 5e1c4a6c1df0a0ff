import { Agent, type IncomingHttpHeaders, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

/** Where requests are sent. */
export interface Gateway {
  /** `http://address[:port]` of the ingress gateway. */
  readonly url: string;
  /** Host header, the domain that the gateway routes. */
  readonly host: string;
}

/** One answer as a caller sees it. */
export interface Answer {
  readonly status: number;
  /** Version that answered; undefined when the answer names none. */
  readonly version: string | undefined;
  /** The answer's headers. */
  readonly headers: IncomingHttpHeaders;
}

const requestTimeoutMs = 30_000;
const settlePauseMs = 250;
const connections = new Agent({ keepAlive: true, maxSockets: 16 });

/**
 * Sends one completion request.
 *
 * @param headers sent beside Host, such as `x-ab-test`
 * @throws Error of the connection, also after 30 seconds without an answer
 */
export function complete({ url, host }: Gateway, model: string, headers: Record<string, string> = {}): Promise<Answer> {
  const body = JSON.stringify({ model, prompt: "Say hello", max_tokens: 8 });
  return new Promise((resolve, reject) => {
    const call = request(
      `${url}/v1/completions`,
      {
        agent: connections,
        method: "POST",
        headers: { ...headers, host, "content-type": "application/json", "content-length": Buffer.byteLength(body) },
        timeout: requestTimeoutMs,
      },
      (answer) => {
        const version = answer.headers["x-model-version"];
        answer.resume();
        answer.on("error", reject);
        answer.on("end", () => {
          const named = typeof version === "string" ? version : undefined;
          resolve({ status: answer.statusCode ?? 0, version: named, headers: answer.headers });
        });
      },
    );
    call.on("timeout", () => call.destroy(new Error(`no answer from ${url} within 30 seconds`)));
    call.on("error", reject);
    call.end(body);
  });
}

/** Sends `count` requests, `parallel` at a time, and gives every answer. */
export async function completeMany(
  gateway: Gateway,
  model: string,
  { count, parallel = 4, headers = {} }: { count: number; parallel?: number; headers?: Record<string, string> },
): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  let left = count;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      answers.push(await complete(gateway, model, headers));
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, count) }, worker));
  return answers;
}

/** How many answers each version gave; answers with another status than 200 count under `HTTP <status>`. */
export function tally(answers: readonly Answer[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { status, version } of answers) {
    const key = status === 200 && version !== undefined ? version : `HTTP ${status}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/**
 * Waits until the gateway answers a completion with status 200.
 *
 * @throws Error with the last answer after `timeoutMs`
 */
export async function waitForGateway(gateway: Gateway, model: string, timeoutMs = 60_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const last = await complete(gateway, model).then(
      ({ status }) => `HTTP ${status}`,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    if (last === "HTTP 200") return;
    if (Date.now() > deadline) throw new Error(`${gateway.url} does not serve ${gateway.host}: ${last}`);
    await delay(settlePauseMs);
  }
}
