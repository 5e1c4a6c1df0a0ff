import { MAX_MODEL_LENGTH, MAX_MODELS, METRICS } from "../../app/metric-catalogue.ts";
import { createMetrics, type Metrics, type RequestMetrics, type RequestResult } from "../../app/metrics.ts";
import { OUTCOMES } from "../../app/request-log/record.ts";
import { ROUTES } from "../../app/routes.ts";

const LONGEST_BASE_MODEL = 256;
const LONGEST_VERSION = 63;
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

/**
 * Metrics with every series there can be, each with an exemplar where it can have one, and with the longest names that
 * are allowed. Clients asked for twice as many models and for every status from 100 to 999.
 */
export function createFullMetrics(): Metrics {
  const model = "m".repeat(LONGEST_BASE_MODEL);
  const version = "v".repeat(LONGEST_VERSION);
  const metrics = createMetrics({ version, model, engine: "simulated", revision: "r".repeat(128) });
  const adapters = Array.from({ length: 2 * MAX_MODELS }, (_, i) => `${i}-`.padEnd(MAX_MODEL_LENGTH, "a"));
  for (const name of [model, ...adapters, "a".repeat(MAX_MODEL_LENGTH + 1)]) fillModel(metrics, name);
  for (const share of METRICS.gpuUtilization.buckets) metrics.gpuUtilization(share);
  metrics.requestLogLinesDropped(1);
  return metrics;
}

function fillModel(metrics: Metrics, name: string): void {
  for (const route of ROUTES) {
    const begin = (): RequestMetrics => {
      const request = metrics.start(route);
      request.setModel(name);
      return request;
    };
    const result = { status: 200, outcome: "ok", promptTokens: 1234, completionTokens: 567, traceId: TRACE } as const;
    for (let status = 100; status < 1000; status += 1) begin().ended({ ...result, status, seconds: 1 });
    for (const outcome of OUTCOMES) begin().ended({ ...result, outcome, seconds: 1 });
    fillHistograms(begin, result);
  }
}

function fillHistograms(begin: () => RequestMetrics, result: Omit<RequestResult, "seconds">): void {
  for (const seconds of amid(METRICS.requestLatency.buckets)) begin().ended({ ...result, seconds });
  for (const seconds of amid(METRICS.timeToFirstToken.buckets)) begin().firstToken(seconds, TRACE);
  for (const seconds of amid(METRICS.tokenLatency.buckets)) begin().token(seconds);
}

/** A value with many digits in each bucket, that of infinity included. */
const amid = (bounds: readonly number[]): number[] => [...bounds, 10_000].map((bound) => bound * 0.987_654_321_012_345);
