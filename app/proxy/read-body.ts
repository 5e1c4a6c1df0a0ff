import type { IncomingMessage } from "node:http";
import { bodyTooLarge, type ApiError } from "../errors.ts";

/**
 * Reads a request's body and calls back once: with the body, or with the error to answer when it is larger than `limit`
 * bytes. What exceeds the limit is read and thrown away, so that the client gets to see the answer. A client that leaves
 * before the end causes no call.
 */
export function readBody(incoming: IncomingMessage, limit: number, done: (result: Buffer | ApiError) => void): void {
  if (Number(incoming.headers["content-length"] ?? 0) > limit) {
    done(bodyTooLarge(limit));
    return;
  }
  let chunks: Buffer[] = [];
  let size = 0;
  incoming.on("data", (chunk: Buffer) => {
    if (size > limit) return;
    size += chunk.length;
    if (size <= limit) {
      chunks.push(chunk);
      return;
    }
    chunks = [];
    done(bodyTooLarge(limit));
  });
  incoming.on("end", () => {
    const [first] = chunks;
    if (size <= limit) done(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks));
  });
}
