import { Hono, type Context } from "hono";
import { request } from "undici";
import type { Engine } from "./engines/engine.ts";
import type { Metrics } from "./metrics.ts";

const ENGINE_TIMEOUT_MS = 5000;

/**
 * The metrics port. `GET /metrics`: the service's own. `GET /engine/metrics` and `GET /engine/health`: the engine's, which
 * itself need not be reachable from outside the pod; 502 with a line of text when it does not answer within 5 s. 404 for
 * anything else.
 */
export function createMetricsApi(metrics: Metrics, engine: Pick<Engine, "origin">): Hono {
  const api = new Hono();
  api.get("/metrics", async (c) => {
    return c.body(Buffer.from(await metrics.expose()), 200, { "content-type": metrics.contentType });
  });
  for (const path of ["/metrics", "/health"]) api.get(`/engine${path}`, (c) => passOn(c, engine.origin, path));
  return api;
}

async function passOn(c: Context, origin: string, path: string): Promise<Response> {
  try {
    // The engine picks the form of its metrics by this header.
    const accept = c.req.header("accept") ?? "*/*";
    const signal = AbortSignal.timeout(ENGINE_TIMEOUT_MS);
    const { statusCode: status, headers, body } = await request(origin + path, { headers: { accept }, signal });
    // Read to its end before the answer begins: what breaks off in between must not pass for a complete scrape.
    const content = await body.arrayBuffer();
    const type = headers["content-type"];
    return new Response(content, { status, headers: typeof type === "string" ? { "content-type": type } : {} });
  } catch (error) {
    return c.text(`The engine's ${path} cannot be had: ${error instanceof Error ? error.message : ""}\n`, 502);
  }
}
