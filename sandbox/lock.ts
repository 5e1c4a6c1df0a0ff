import { createHash } from "node:crypto";
import { createServer, type Server } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const pollMs = 300;

/** Listens on an abstract socket, which the kernel frees however its process ends; undefined while another holds it. */
function take(path: string): Promise<Server | undefined> {
  const id = createHash("sha256").update(path).digest("hex").slice(0, 16);
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(undefined);
      else reject(error);
    });
    server.listen({ path: `\0vllm-istio-canary-${id}` }, () => {
      resolve(server);
    });
  });
}

/**
 * Does the work while no other process holds the lock on a path, which need not exist.
 *
 * @param waiting called once when another process holds it
 */
export async function withLock<T>(path: string, waiting: () => void, work: () => Promise<T>): Promise<T> {
  let server = await take(path);
  if (server === undefined) waiting();
  while (server === undefined) {
    await delay(pollMs);
    server = await take(path);
  }
  try {
    return await work();
  } finally {
    server.close();
  }
}
