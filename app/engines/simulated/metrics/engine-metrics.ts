import { Registry } from "prom-client";
import { BLOCK_SIZE } from "../scheduling/kv-cache.ts";
import type { Recorder } from "../scheduling/recorder.ts";
import type { SimulatedEngineSettings } from "../settings.ts";
import { createMeters, type Meters } from "./meters.ts";
import { createRecorder } from "./recorder.ts";

/** What the engine is doing while its metrics are read. */
export interface EngineState {
  /** Sequences in the batch. */
  readonly running: number;
  /** Sequences that wait for a place in it. */
  readonly waiting: number;
  /** Share of the KV cache that is held, 0 to 1. */
  readonly kvCacheUsage: number;
  /** How many LoRA adapters are loaded. */
  readonly loadedAdapters: number;
  /** Those of running and of waiting sequences, by name. */
  readonly adapters: { readonly running: readonly string[]; readonly waiting: readonly string[] };
}

/** An HTTP answer that ended. */
export interface HttpAnswer {
  readonly method: string;
  /** Route, `none` for a path that does not exist. */
  readonly handler: string;
  readonly status: number;
  /** From the request's arrival to the answer's end. */
  readonly seconds: number;
}

/** The metrics of one engine. */
export interface EngineMetrics {
  /** Content type of the exposition. */
  readonly contentType: string;
  /** Is told what the scheduler does. */
  readonly recorder: Recorder;
  /** Counts a request that was refused since too many are there. */
  rejected(): void;
  /** Counts an HTTP answer that ended. */
  answered(answer: HttpAnswer): void;
  /** Writes everything in Prometheus text format. */
  expose(state: EngineState): Promise<string>;
}

/** The settings that are seen in metrics. */
export type MeasuredSettings = Pick<SimulatedEngineSettings, "model" | "kvCacheTokens" | "maxModelLength">;

/** Metrics of what an engine like this one never does. */
const ALWAYS_ZERO = [
  "prefixCacheQueries",
  "prefixCacheHits",
  "externalPrefixCacheQueries",
  "externalPrefixCacheHits",
  "multiModalCacheQueries",
  "multiModalCacheHits",
  "promptTokensCached",
] as const;

const CACHE_TIERS = ["device", "host", "p2p", "disk", "external_unspecified"];
const QUEUE_FULL = { reason: "max_num_queued_reqs" };

/** Creates the metrics of one engine in a registry of their own. */
export function createEngineMetrics(settings: MeasuredSettings): EngineMetrics {
  const registry = new Registry();
  const meters = createMeters(registry, settings.model, settings.maxModelLength);
  for (const key of ALWAYS_ZERO) meters.counter(key);
  meters.counter(
    "promptTokensCachedBySource",
    CACHE_TIERS.map((source) => ({ source })),
  );
  setConstants(meters, settings.kvCacheTokens);
  const setState = createStateMeter(meters);
  const rejections = meters.counter("admissionRejections", [QUEUE_FULL, { reason: "max_num_queued_tokens" }]);
  return {
    contentType: registry.contentType,
    recorder: createRecorder(meters),
    rejected() {
      rejections(1, QUEUE_FULL);
    },
    answered: createHttpMeter(meters),
    expose(state) {
      setState(state);
      return registry.metrics();
    },
  };
}

function setConstants(meters: Meters, kvCacheTokens: number): void {
  const blocks = Math.floor(kvCacheTokens / BLOCK_SIZE);
  meters.gauge("cacheConfig")(1, {
    block_size: String(BLOCK_SIZE),
    enable_prefix_caching: "False",
    kv_cache_size_tokens: String(blocks * BLOCK_SIZE),
    num_gpu_blocks: String(blocks),
  });
  const sleepState = meters.gauge("sleepState");
  sleepState(1, { sleep_state: "awake" });
  sleepState(0, { sleep_state: "weights_offloaded" });
  sleepState(0, { sleep_state: "discard_all" });
}

function createStateMeter(meters: Meters): (state: EngineState) => void {
  const running = meters.gauge("running");
  const waiting = meters.gauge("waiting");
  const waitingByReason = meters.gauge("waitingByReason");
  const kvCacheUsage = meters.gauge("kvCacheUsage");
  const loraRequests = meters.gauge("loraRequests");
  return (state) => {
    running(state.running);
    waiting(state.waiting);
    waitingByReason(state.waiting, { reason: "capacity" });
    waitingByReason(0, { reason: "deferred" });
    kvCacheUsage(state.kvCacheUsage);
    loraRequests.clear();
    if (state.loadedAdapters === 0) return;
    // The value is when this was so, as in vLLM.
    loraRequests(Date.now() / 1000, {
      max_lora: String(state.loadedAdapters),
      running_lora_adapters: state.adapters.running.join(","),
      waiting_lora_adapters: state.adapters.waiting.join(","),
    });
  };
}

/** Routes that are not counted. */
const UNCOUNTED = new Set(["/metrics", "/health", "/version"]);

function createHttpMeter(meters: Meters): (answer: HttpAnswer) => void {
  const requests = meters.counter("httpRequests", []);
  const seconds = meters.histogram("httpSeconds");
  const secondsFine = meters.histogram("httpSecondsFine");
  return (answer) => {
    const { method, handler } = answer;
    if (UNCOUNTED.has(handler)) return;
    requests(1, { method, handler, status: `${Math.floor(answer.status / 100)}xx` });
    seconds(answer.seconds, { method, handler });
    secondsFine(answer.seconds);
  };
}
