import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

/** Routes that requests are counted under; `other` stands for every path that does not exist. */
export const MEASURED_ROUTES = ["/v1/completions", "/v1/models", "other"] as const;

/** One of {@link MEASURED_ROUTES}. */
export type MeasuredRoute = (typeof MEASURED_ROUTES)[number];

interface Definition<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly Label[];
}

interface HistogramDefinition<Label extends string> extends Definition<Label> {
  /** Upper bounds in seconds. */
  readonly buckets: readonly number[];
}

/** Whole answers: from a cached short one to a long report; finer than vLLM's own buckets, which start at 0.3 s. */
const ANSWER_SECONDS = [0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1, 1.5, 2, 3, 5, 8, 10, 15, 20, 30, 60, 120, 300, 600];
/** First tokens: vLLM's own bounds up to the 80 s that a long queue can cost. */
const FIRST_TOKEN_SECONDS = [0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80];
/** Gaps between tokens: 1000 tokens/s down to a stall of 5 s. */
const TOKEN_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2.5, 5];

/** Every metric of ours. `version` and `model` come on top of `labelNames`, once, on every series of the registry. */
const CATALOGUE = {
  requests: {
    name: "vllm_requests_total",
    help: "Finished requests by route and HTTP status; 499: the client left before the answer ended. Probes excluded.",
    labelNames: ["route", "status"],
  },
  requestLatency: {
    name: "vllm_request_latency_seconds",
    help: "Time from the request's arrival to the end of the answer's body, for generations with status 200 or 499.",
    labelNames: ["route"],
    buckets: ANSWER_SECONDS,
  },
  timeToFirstToken: {
    name: "vllm_time_to_first_token_seconds",
    help: "Time from handing a request to the engine to its first token.",
    labelNames: [],
    buckets: FIRST_TOKEN_SECONDS,
  },
  tokenLatency: {
    name: "vllm_token_latency_seconds",
    help: "Time between two consecutive output tokens of one choice.",
    labelNames: [],
    buckets: TOKEN_SECONDS,
  },
  requestsInFlight: {
    name: "vllm_requests_in_flight",
    help: "Requests that have arrived and whose answer has not ended. Probes excluded.",
    labelNames: [],
  },
  promptTokens: { name: "vllm_prompt_tokens_total", help: "Prompt tokens handed to the engine.", labelNames: [] },
  completionTokens: {
    name: "vllm_completion_tokens_total",
    help: "Output tokens, those of abandoned answers included.",
    labelNames: [],
  },
  buildInfo: {
    name: "vllm_build_info",
    help: "Always 1; its labels tell what is running.",
    labelNames: ["engine", "node_version", "revision"],
  },
} as const satisfies Record<string, Definition<string> | HistogramDefinition<string>>;

/** What is running: the labels of the whole registry and of the build info metric. */
export interface Identity {
  /** Release version, the `version` label. */
  readonly version: string;
  /** Served model, the `model` label; never what a client asked for. */
  readonly model: string;
  /** Name of the engine. */
  readonly engine: string;
  /** Source revision of the image. */
  readonly revision: string;
}

/** The service's metrics, each documented by its help text. */
export type Metrics = ReturnType<typeof createMetrics>;

/** Creates the metrics in a registry of their own, together with Node's process metrics. */
export function createMetrics(identity: Identity) {
  const registry = new Registry();
  registry.setDefaultLabels({ version: identity.version, model: identity.model });
  collectDefaultMetrics({ register: registry });
  // Its own `version` label, Node's, would hide ours; the build info says the same.
  registry.removeSingleMetric("nodejs_version_info");
  const metrics = {
    registry,
    requests: counter(registry, CATALOGUE.requests),
    requestLatency: histogram(registry, CATALOGUE.requestLatency),
    timeToFirstToken: histogram(registry, CATALOGUE.timeToFirstToken),
    tokenLatency: histogram(registry, CATALOGUE.tokenLatency),
    requestsInFlight: gauge(registry, CATALOGUE.requestsInFlight),
    promptTokens: counter(registry, CATALOGUE.promptTokens),
    completionTokens: counter(registry, CATALOGUE.completionTokens),
  };
  // Series that exist from the start let a rate see the first request and an error ratio be 0 instead of absent.
  for (const status of ["200", "499", "500"]) metrics.requests.inc({ route: "/v1/completions", status }, 0);
  metrics.requestLatency.zero({ route: "/v1/completions" });
  const { engine, revision } = identity;
  gauge(registry, CATALOGUE.buildInfo).set({ engine, node_version: process.version, revision }, 1);
  return metrics;
}

function counter<Label extends string>(registry: Registry, definition: Definition<Label>): Counter<Label> {
  return new Counter({ ...definition, registers: [registry] });
}

function gauge<Label extends string>(registry: Registry, definition: Definition<Label>): Gauge<Label> {
  return new Gauge({ ...definition, registers: [registry] });
}

function histogram<Label extends string>(registry: Registry, definition: HistogramDefinition<Label>): Histogram<Label> {
  return new Histogram({ ...definition, buckets: [...definition.buckets], registers: [registry] });
}
