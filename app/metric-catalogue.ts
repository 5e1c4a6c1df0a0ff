/** What a metric is and means. */
export interface MetricDefinition {
  /** Name of its series; those of a histogram end in `_bucket`, `_sum` and `_count`. */
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  /**
   * Labels besides `version` and `model`, which are on every series, once. Where `model` is listed it is what the
   * request asked for: the base model, an adapter that exists, or `other`. Elsewhere it is the base model.
   */
  readonly labels: readonly string[];
  /** Upper bounds of a histogram's buckets, in the unit of the name. */
  readonly buckets?: readonly number[];
}

/**
 * Most values of the label `model`, the base model and `other` included; adapters beyond count as `other`. It
 * keeps the largest exposition below 1 MB, and the median time of a scrape below 10 ms.
 */
export const MAX_MODELS = 12;

/** Longest name of an adapter that is a label, in characters; longer ones count as `other`. */
export const MAX_MODEL_LENGTH = 96;

/** Statuses that have a label of their own: those that the service and vLLM send. Others share one by class. */
export const STATUSES = [200, 400, 404, 405, 413, 429, 499, 500, 502, 503, 504] as const;

/** Labels of all further statuses. */
export const STATUS_CLASSES = ["2xx", "3xx", "4xx", "5xx"] as const;

/** How an answer can fail after its first byte, under status 200. */
export const FAILURE_KINDS = ["error", "abort", "cut", "timeout"] as const;

/** One of {@link FAILURE_KINDS}. */
export type FailureKind = (typeof FAILURE_KINDS)[number];

// The three lists hold vLLM's own bounds, so that its histograms and ours can be compared. Objectives are set on bounds:
// below 0.3 s, vLLM's first for answers, there are some more. What waits longer than the last one has missed any.
const ANSWER_SECONDS = [
  ...[0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.8, 1, 1.5, 2, 2.5],
  ...[5, 10, 15, 20, 30, 40, 60, 120, 240, 480],
];
const FIRST_TOKEN_SECONDS = [
  ...[0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3],
  ...[0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80],
];
const TOKEN_SECONDS = [
  ...[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15],
  ...[0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5],
];
const TENTHS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

/** Every metric of ours. Beside them there are Node's own, `process_*` and `nodejs_*`. */
export const METRICS = {
  requests: {
    name: "vllm_requests_total",
    type: "counter",
    help: "Finished requests by route and status. 499: the client left before the end. Failures inside an answer of status 200 are in vllm_stream_failures_total. Probes excluded.",
    labels: ["model", "route", "status"],
  },
  requestLatency: {
    name: "vllm_request_latency_seconds",
    type: "histogram",
    help: "Time from a generation's arrival to the end of its answer. Refused requests excluded.",
    labels: ["model"],
    buckets: ANSWER_SECONDS,
  },
  timeToFirstToken: {
    name: "vllm_time_to_first_token_seconds",
    type: "histogram",
    help: "Time from a streamed generation's arrival to its first chunk with content.",
    labels: ["model"],
    buckets: FIRST_TOKEN_SECONDS,
  },
  tokenLatency: {
    name: "vllm_token_latency_seconds",
    type: "histogram",
    help: "Time between two consecutive output tokens of one choice of a stream.",
    labels: ["model"],
    buckets: TOKEN_SECONDS,
  },
  gpuUtilization: {
    name: "vllm_gpu_utilization",
    type: "histogram",
    help: "How busy a GPU was, 0 to 1: one sample a GPU every 5 s. Empty where there is none to ask.",
    labels: [],
    buckets: TENTHS,
  },
  promptTokens: {
    name: "vllm_prompt_tokens_total",
    type: "counter",
    help: "Prompt tokens of finished requests, as the engine reported them.",
    labels: ["model"],
  },
  completionTokens: {
    name: "vllm_completion_tokens_total",
    type: "counter",
    help: "Output tokens of finished requests, those of abandoned answers included.",
    labels: ["model"],
  },
  requestsInFlight: {
    name: "vllm_requests_in_flight",
    type: "gauge",
    help: "Requests that have arrived and whose answer has not ended. Probes excluded.",
    labels: [],
  },
  requestsQueued: {
    name: "vllm_requests_queued",
    type: "gauge",
    help: "Requests that were handed to the engine and of whose answer no byte has come.",
    labels: [],
  },
  streamFailures: {
    name: "vllm_stream_failures_total",
    type: "counter",
    help: "Answers that failed after their first byte. error: the engine said so; abort: it ended a choice; cut: its connection broke; timeout: it fell silent.",
    labels: ["model", "route", "kind"],
  },
  clientAborts: {
    name: "vllm_client_aborts_total",
    type: "counter",
    help: "Requests whose client left before the end of the answer.",
    labels: ["model", "route"],
  },
  requestLogLinesDropped: {
    name: "vllm_request_log_lines_dropped_total",
    type: "counter",
    help: "Lines of the request log that were not written, since whoever reads it fell behind.",
    labels: [],
  },
  buildInfo: {
    name: "vllm_build_info",
    type: "gauge",
    help: "Always 1; its labels tell what is running.",
    labels: ["engine", "node_version", "revision"],
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;
