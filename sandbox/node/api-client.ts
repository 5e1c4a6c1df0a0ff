import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { finished } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { inside, network, portOf } from "../names.ts";

const reconnectMs = 1_000;

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** The API server as the sandbox's own controllers use it. */
export class ApiClient {
  readonly #token: string;
  readonly #authority = readFileSync(`${inside.state}/certificates/ca.crt`);

  /** @param token the administrator's */
  constructor(token: string) {
    this.#token = token;
  }

  /**
   * Sends a request and gives the body of the answer.
   *
   * @param body a merge patch
   * @throws Error with the API server's reason when it refuses
   */
  async call(method: "GET" | "PATCH", path: string, body?: string): Promise<string> {
    const answer = await this.#request(method, path, body);
    const text = await textOf(answer);
    if ((answer.statusCode ?? 0) >= 400) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
    return text;
  }

  /** The objects at a path. */
  async list<T>(path: string): Promise<readonly T[]> {
    // What the API server has in its cache is new enough, and costs no read of etcd.
    const text = await this.call("GET", `${path}?resourceVersion=0`);
    return (JSON.parse(text) as { readonly items: readonly T[] }).items;
  }

  /**
   * Follows the objects at a path until the process ends.
   *
   * @param changed called after each change, and when the connection has been made anew; also without a change
   */
  async follow(path: string, changed: () => void): Promise<never> {
    for (;;) {
      try {
        const answer = await this.#request("GET", `${path}?watch=true&resourceVersion=0`);
        await finished(answer.on("data", changed));
      } catch (error) {
        console.error(`watching ${path}: ${String(error)}`);
      }
      await delay(reconnectMs);
    }
  }

  #request(method: string, path: string, body?: string): Promise<IncomingMessage> {
    const headers = { authorization: `Bearer ${this.#token}`, "content-type": "application/merge-patch+json" };
    return new Promise((resolve, reject) => {
      const options = { host: network.node, port: portOf("api"), path, method, headers, ca: this.#authority };
      request(options, resolve).on("error", reject).end(body);
    });
  }
}
