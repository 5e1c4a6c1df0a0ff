/** What vLLM exposes of one metric. */
export interface MetricContract {
  readonly type: "counter" | "gauge" | "histogram";
  /** Names of its labels. */
  readonly labels: readonly string[];
  /** Whether it may have further labels: vLLM writes a whole configuration there. */
  readonly open?: boolean;
  /** The values of a label that can have no others. */
  readonly values?: Readonly<Record<string, readonly string[]>>;
  /** A histogram's bounds. */
  readonly bounds?: BoundsName;
  /** Whether vLLM has it only when it is started so: with adapters, for instance. */
  readonly optional?: boolean;
}

/** Bounds of vLLM's histograms, without the infinite last one. */
const BOUNDS = {
  requestSeconds: [0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680],
  firstTokenSeconds: [
    ...[0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160],
    ...[640, 2560],
  ],
  tokenSeconds: [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80],
  stepTokens: [1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384],
  choices: [1, 2, 5, 10, 20],
  preemptions: [1, 2, 3, 4, 5, 10, 20],
} as const;

/** Name of some bounds; those of `requestTokens` depend on the model's context, see {@link boundsOf}. */
export type BoundsName = keyof typeof BOUNDS | "requestTokens";

/** A histogram's bounds. @param contextTokens the longest context, in tokens: 1, 2, 5, 10 and so on up to it */
export function boundsOf(name: BoundsName, contextTokens: number): readonly number[] {
  if (name !== "requestTokens") return BOUNDS[name];
  const powers = Array.from({ length: 1 + Math.floor(Math.log10(contextTokens)) }, (_, power) => 10 ** power);
  return powers.flatMap((power) => [power, 2 * power, 5 * power]).filter((bound) => bound <= contextTokens);
}

const OWN = ["engine", "model_name"];
const counter = (...more: readonly string[]): MetricContract => ({ type: "counter", labels: [...OWN, ...more].sort() });
const gauge = (...more: readonly string[]): MetricContract => ({ type: "gauge", labels: [...OWN, ...more].sort() });
const histogram = (bounds: BoundsName): MetricContract => ({ type: "histogram", labels: OWN, bounds });

/**
 * The metrics that vLLM 0.33.0 has in its exposition whatever its model, as read in its package; of those that depend on
 * how it is started only the one of adapters. Not here: `_created`, which Prometheus's client for Python adds.
 */
export const VLLM_METRICS: Readonly<Record<string, MetricContract>> = {
  "vllm:num_requests_running": gauge(),
  "vllm:num_requests_waiting": gauge(),
  "vllm:num_requests_waiting_by_reason": { ...gauge("reason"), values: { reason: ["capacity", "deferred"] } },
  "vllm:engine_sleep_state": {
    ...gauge("sleep_state"),
    values: { sleep_state: ["awake", "discard_all", "weights_offloaded"] },
  },
  "vllm:kv_cache_usage_perc": gauge(),
  "vllm:cache_config_info": { type: "gauge", labels: ["block_size", "engine", "num_gpu_blocks"], open: true },
  "vllm:lora_requests_info": {
    type: "gauge",
    labels: ["max_lora", "running_lora_adapters", "waiting_lora_adapters"],
    optional: true,
  },
  "vllm:prefix_cache_queries_total": counter(),
  "vllm:prefix_cache_hits_total": counter(),
  "vllm:external_prefix_cache_queries_total": counter(),
  "vllm:external_prefix_cache_hits_total": counter(),
  "vllm:mm_cache_queries_total": counter(),
  "vllm:mm_cache_hits_total": counter(),
  "vllm:num_preemptions_total": counter(),
  "vllm:prompt_tokens_total": counter(),
  "vllm:prompt_tokens_by_source_total": {
    ...counter("source"),
    values: { source: ["external_kv_transfer", "local_cache_hit", "local_compute"] },
  },
  "vllm:prompt_tokens_cached_total": counter(),
  "vllm:prompt_tokens_cached_by_source_total": {
    ...counter("source"),
    values: { source: ["device", "disk", "external_unspecified", "host", "p2p"] },
  },
  "vllm:generation_tokens_total": counter(),
  "vllm:request_success_total": {
    ...counter("finished_reason"),
    values: { finished_reason: ["abort", "error", "length", "repetition", "stop"] },
  },
  "vllm:admission_rejections_total": {
    type: "counter",
    labels: ["model_name", "reason"],
    values: { reason: ["max_num_queued_reqs", "max_num_queued_tokens"] },
  },
  "vllm:request_prompt_tokens": histogram("requestTokens"),
  "vllm:request_generation_tokens": histogram("requestTokens"),
  "vllm:request_max_num_generation_tokens": histogram("requestTokens"),
  "vllm:request_params_max_tokens": histogram("requestTokens"),
  "vllm:request_prefill_kv_computed_tokens": histogram("requestTokens"),
  "vllm:request_params_n": histogram("choices"),
  "vllm:request_num_preemptions": histogram("preemptions"),
  "vllm:iteration_tokens_total": histogram("stepTokens"),
  "vllm:time_to_first_token_seconds": histogram("firstTokenSeconds"),
  "vllm:inter_token_latency_seconds": histogram("tokenSeconds"),
  "vllm:request_time_per_output_token_seconds": histogram("tokenSeconds"),
  "vllm:e2e_request_latency_seconds": histogram("requestSeconds"),
  "vllm:request_queue_time_seconds": histogram("requestSeconds"),
  "vllm:request_inference_time_seconds": histogram("requestSeconds"),
  "vllm:request_prefill_time_seconds": histogram("requestSeconds"),
  "vllm:request_decode_time_seconds": histogram("requestSeconds"),
  http_requests_total: { type: "counter", labels: ["handler", "method", "status"] },
  http_request_duration_seconds: { type: "histogram", labels: ["handler", "method"] },
  http_request_duration_highr_seconds: { type: "histogram", labels: [] },
};

/** Whether a metric is one that this contract is about; the rest is Python's, Go's or the process's own. */
export const isContracted = (name: string): boolean => name.startsWith("vllm:") || name.startsWith("http_");
