import type { Objectives } from "./objectives.ts";

/** What an objective is about: which events count, and which of them are bad. */
export interface Indicator {
  /** Its name inside the recorded metrics' names. */
  readonly name: "availability" | "time_to_first_token" | "token_latency";
  /** Share of events that may be bad, 0 to 1. */
  readonly budget: number;
  /** PromQL of the bad events a second, by namespace and version, over a window such as `5m`. */
  readonly bad: (window: string) => string;
  /** PromQL of all events a second. */
  readonly total: (window: string) => string;
}

const rateOf = (series: string, window: string): string => `sum by (namespace, version) (rate(${series}[${window}]))`;

/** The indicators of the objectives. */
export function indicatorsOf(objectives: Objectives): readonly Indicator[] {
  const { availabilityPercent, timeToFirstToken, tokenLatency } = objectives;
  return [
    {
      name: "availability",
      budget: budgetOf(availabilityPercent),
      // An answer that fails after its first byte is also counted as one of status 200.
      bad: (window) =>
        `${rateOf('vllm_requests_total{status=~"5.."}', window)} + ${rateOf("vllm_stream_failures_total", window)}`,
      // Whoever left was neither served nor failed.
      total: (window) => rateOf('vllm_requests_total{status!="499"}', window),
    },
    latency("time_to_first_token", timeToFirstToken.seconds, timeToFirstToken.percent),
    latency("token_latency", tokenLatency.seconds, tokenLatency.percent),
  ];
}

function latency(name: "time_to_first_token" | "token_latency", seconds: number, percent: number): Indicator {
  const total = (window: string): string => rateOf(`vllm_${name}_seconds_count`, window);
  return {
    name,
    budget: budgetOf(percent),
    bad: (window) => `${total(window)} - ${rateOf(`vllm_${name}_seconds_bucket{le=~"${bound(seconds)}"}`, window)}`,
    total,
  };
}

/** A bucket's bound as a regular expression: newer Prometheus writes `1` as `1.0`. */
function bound(seconds: number): string {
  const escaped = String(seconds).replace(".", String.raw`\\.`);
  return Number.isInteger(seconds) ? String.raw`${escaped}(\\.0)?` : escaped;
}

// Rounded, so that 100 - 99.5 gives no 0.0049999999.
const budgetOf = (percent: number): number => Number(((100 - percent) / 100).toPrecision(6));
