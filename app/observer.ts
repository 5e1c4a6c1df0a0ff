import type { IncomingMessage, ServerResponse } from "node:http";
import { MEASURED_ROUTES, type MeasuredRoute, type Metrics } from "./metrics.ts";

const PROBES: readonly string[] = ["/health", "/ready"];
const GENERATION_ROUTES: readonly MeasuredRoute[] = ["/v1/completions"];

/**
 * Measures one request until its answer's last byte is handed to the system or the connection is gone, which for a
 * stream is long after its headers. Status 499 stands for a client that left, 500 for an answer that we broke off.
 * Probes are not measured, since their quick answers would water down error ratio and latency; nor is the latency of
 * refused requests, since a fast refusal would make a bad version look fast.
 */
export function observeRequest(incoming: IncomingMessage, outgoing: ServerResponse, metrics: Metrics): void {
  const path = incoming.url?.split("?", 1)[0] ?? "";
  if (PROBES.includes(path)) return;
  const startedAt = performance.now();
  const route = routeOf(path);
  metrics.requestsInFlight.inc();
  outgoing.once("close", () => {
    const status = statusOf(outgoing);
    metrics.requestsInFlight.dec();
    metrics.requests.inc({ route, status });
    if (GENERATION_ROUTES.includes(route) && (status === 200 || status === 499)) {
      metrics.requestLatency.observe({ route }, (performance.now() - startedAt) / 1000);
    }
  });
}

function routeOf(path: string): MeasuredRoute {
  return MEASURED_ROUTES.find((route) => route === path) ?? "other";
}

function statusOf(outgoing: ServerResponse): number {
  if (outgoing.writableFinished) return outgoing.statusCode;
  return outgoing.errored === null ? 499 : 500;
}
