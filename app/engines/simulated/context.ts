import type { Adapters } from "./adapters.ts";
import type { EngineMetrics } from "./metrics/engine-metrics.ts";
import type { KvCache } from "./scheduling/kv-cache.ts";
import type { Scheduler } from "./scheduling/scheduler.ts";
import type { SimulatedEngineSettings } from "./settings.ts";
import type { Vocabulary } from "./text/vocabulary.ts";

/** The parts of one engine that its routes work with. */
export interface EngineContext {
  readonly settings: SimulatedEngineSettings;
  readonly adapters: Adapters;
  readonly vocabulary: Vocabulary;
  readonly kvCache: KvCache;
  readonly scheduler: Scheduler;
  readonly metrics: EngineMetrics;
  /** Whether new requests are refused since somebody paused the engine. */
  paused: boolean;
  /** How many requests for text or vectors have been accepted so far. */
  acceptedRequests: number;
}
