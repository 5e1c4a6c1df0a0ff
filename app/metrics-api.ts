import { Hono } from "hono";
import type { Metrics } from "./metrics.ts";

/** The metrics port: `GET /metrics` in Prometheus text format, 404 for anything else. */
export function createMetricsApi({ registry }: Metrics): Hono {
  const api = new Hono();
  api.get("/metrics", async (c) => c.body(await registry.metrics(), 200, { "content-type": registry.contentType }));
  return api;
}
