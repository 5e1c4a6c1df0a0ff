import { ALL_CLAIMS, type ClaimName } from "./claims/all.ts";
import { SIMULATED_MODEL, type EngineName } from "./engines/engine.ts";
import type { Json } from "./json.ts";

/** A way in which an engine is known not to give what vLLM 0.33 gives. */
export interface KnownDifference {
  readonly of: EngineName;
  /** What is different, in one line. */
  readonly reason: string;
  /** The claims that do not hold, and what is seen instead; as soon as it is not, a test fails. */
  readonly seen: Readonly<Partial<Record<ClaimName, Json>>>;
}

const notFound = { class: "NotFoundError", status: 404, type: "NotFoundError", param: null, code: 404 };
const badRequest = { class: "BadRequestError", status: 400, type: "BadRequestError", param: null, code: 400 };
const chunk = ["choices", "created", "id", "model", "object", "usage"];
const unsaid = { status: 200, text: "" };

/** All known differences. */
export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    of: "llm-d-inference-sim",
    reason: "it leaves out vLLM's fields that are null, or that tell of the engine",
    seen: {
      "a completion has vLLM's fields, and `text` beside them": [...chunk.slice(0, -1), "text", "usage"],
      "a completion's choice has vLLM's fields": ["finish_reason", "index", "text"],
      "a completion's usage has vLLM's fields": [
        "completion_tokens",
        "prompt_tokens",
        "prompt_tokens_details",
        "total_tokens",
      ],
      "a chunk's choice has vLLM's fields": ["finish_reason", "index", "text"],
      "a chat's answer has vLLM's fields, and no `text`": chunk,
      "a chat's choice has vLLM's fields": ["finish_reason", "index", "message"],
      "a chat's message has vLLM's fields": ["content", "role"],
      "a chat's stream begins with the role and no text": { role: "assistant" },
      "the list of models has the served one, with vLLM's fields": {
        object: "list",
        fields: ["created", "id", "max_model_len", "object", "owned_by", "parent", "root"],
        owner: "vllm",
      },
      "an embedding's answer has vLLM's fields, and no `text`": ["data", "model", "object", "usage"],
    },
  },
  {
    of: "llm-d-inference-sim",
    reason: "it has no system_fingerprint, so no answer can tell which version of the engine made it",
    seen: {
      "a completion has a system_fingerprint": "undefined",
      "the chunk of usage has vLLM's fields": chunk,
    },
  },
  {
    of: "llm-d-inference-sim",
    reason: "every chunk says `usage: null` where it has none, as OpenAI's do, and nothing of what else vLLM says",
    seen: {
      "a chunk has vLLM's fields": chunk,
      "the last chunk has the fingerprint beside them": chunk,
      "chunks before the one of usage have no field for it": chunk,
      "a chat's first chunk has vLLM's fields": chunk,
      "a chat's last chunk has vLLM's fields, and no `text`": chunk,
    },
  },
  {
    of: "llm-d-inference-sim",
    reason: "it numbers the prompts of a request, and lets the number show in the answer's id",
    seen: { "a completion's id is the request's, if that has one": false },
  },
  {
    of: "llm-d-inference-sim",
    reason: "it knows no stop strings",
    seen: {
      "a stop string ends a completion before it, and is named": { finish_reason: "length", named: false, shown: true },
      "a stop string ends a stream before it": { finish_reason: "length", shown: true },
      "a stop string ends a chat before it": { finish_reason: "length", shown: true },
    },
  },
  {
    of: "llm-d-inference-sim",
    reason: "it draws its text anew for each request, whatever the request's seed",
    seen: {
      "the same seed gives the same completion": false,
      "a completion's stream says the same as the whole answer": false,
      "a chat's stream says the same as the whole answer": false,
    },
  },
  {
    of: "llm-d-inference-sim",
    reason: "no error names the parameter, and wrong types are not told from wrong values",
    seen: {
      "an unknown model is not found": notFound,
      "a stream of an unknown model is refused before it begins": notFound,
      "a chat with an unknown model is not found": notFound,
      "messages that are no list are a bad request": badRequest,
      "max_tokens of 0 is a bad request": badRequest,
      "an unloaded adapter is no model any more": { status: 404, type: "NotFoundError", param: null, code: 404 },
    },
  },
  {
    of: "llm-d-inference-sim",
    reason: "it does not look at what it has no use for, and accepts any value there",
    seen: {
      "a temperature that is no number is a bad request": null,
      "a stream with a temperature that is no number is refused before it begins": null,
      "a temperature below 0 is a bad request": null,
      "two choices of temperature 0 are a bad request": null,
      "stream_options without a stream are a bad request": null,
    },
  },
  {
    of: "llm-d-inference-sim",
    reason: "it loads and unloads anything without a check, and without a word",
    seen: {
      "an adapter is loaded at run time": unsaid,
      "an adapter is not loaded twice": unsaid,
      "an adapter may be loaded again in its place": unsaid,
      "an adapter needs a path": unsaid,
      "an adapter cannot have the model's name": unsaid,
      "an unknown adapter cannot be unloaded": unsaid,
      "an adapter is unloaded": unsaid,
      "an adapter is listed, with its model and path": ["contract-adapter", "pathless"].map((id) => {
        return { id, parent: SIMULATED_MODEL, root: id === "pathless" ? id : "/adapters/contract" };
      }),
    },
  },
  {
    of: "llm-d-inference-sim",
    reason: "it does not notice that a client has left, and makes the whole answer for nobody",
    seen: { "an engine stops when the client leaves": { madeAll: true, complete: 1 } },
  },
  {
    of: "llm-d-inference-sim",
    reason: "a full queue is the client's fault, 429",
    seen: {
      "a full engine refuses a request with 503": { status: 429, type: "RateLimitError", code: 429, retryAfter: "1" },
    },
  },
  {
    of: "llm-d-inference-sim",
    reason: "it has fewer metrics: none of HTTP, and, with its KV cache off, none of prefixes",
    seen: {
      "no metric of vLLM's is missing": [
        ...["vllm:num_requests_waiting_by_reason", "vllm:engine_sleep_state"],
        ...["vllm:prefix_cache_queries_total", "vllm:prefix_cache_hits_total"],
        ...["vllm:external_prefix_cache_queries_total", "vllm:external_prefix_cache_hits_total"],
        ...["vllm:mm_cache_queries_total", "vllm:mm_cache_hits_total", "vllm:num_preemptions_total"],
        ...["vllm:prompt_tokens_by_source_total", "vllm:prompt_tokens_cached_total"],
        ...["vllm:prompt_tokens_cached_by_source_total", "vllm:admission_rejections_total"],
        ...["vllm:request_max_num_generation_tokens", "vllm:request_prefill_kv_computed_tokens"],
        ...["vllm:request_params_n", "vllm:request_num_preemptions", "vllm:iteration_tokens_total"],
        "vllm:request_time_per_output_token_seconds",
        ...["http_requests_total", "http_request_duration_seconds", "http_request_duration_highr_seconds"],
      ],
    },
  },
  {
    of: "llm-d-inference-sim",
    reason: "it still has a metric that vLLM has removed, and one under the name that vLLM has changed",
    seen: {
      "no metric is there that vLLM does not have": [
        "vllm:max_num_generation_tokens",
        "vllm:time_per_output_token_seconds",
      ],
    },
  },
  {
    of: "llm-d-inference-sim",
    reason: "it has no label for the engine, and another name for the one of request_success_total",
    seen: {
      "every metric has vLLM's labels": {
        "-engine": [
          ...["vllm:cache_config_info", "vllm:e2e_request_latency_seconds", "vllm:generation_tokens_total"],
          ...["vllm:inter_token_latency_seconds", "vllm:kv_cache_usage_perc", "vllm:num_requests_running"],
          ...["vllm:num_requests_waiting", "vllm:prompt_tokens_total", "vllm:request_decode_time_seconds"],
          ...["vllm:request_generation_tokens", "vllm:request_inference_time_seconds"],
          ...["vllm:request_params_max_tokens", "vllm:request_prefill_time_seconds"],
          ...["vllm:request_prompt_tokens", "vllm:request_queue_time_seconds"],
          "vllm:time_to_first_token_seconds",
        ],
        "+finish_reason -engine -finished_reason": ["vllm:request_success_total"],
      },
      "labels that tell a reason or a source have all of vLLM's values from the start": ["vllm:request_success_total"],
    },
  },
];

/** What an engine has to give for a claim: vLLM's, unless it is known to give something else. */
export function expectedOf(engine: EngineName, claim: ClaimName): Json {
  const own = KNOWN_DIFFERENCES.filter((difference) => difference.of === engine);
  const seen = own.map((difference) => difference.seen[claim]).find((value) => value !== undefined);
  return seen === undefined ? ALL_CLAIMS[claim].expected : seen;
}
