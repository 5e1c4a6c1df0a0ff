import { once } from "node:events";
import type { Server } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Engine } from "../engine.ts";
import { createAdapters } from "./adapters.ts";
import type { EngineContext } from "./context.ts";
import { createEngineServer } from "./http/engine-server.ts";
import { open } from "./http/opening.ts";
import { createEngineMetrics } from "./metrics/engine-metrics.ts";
import { blocksFor, createKvCache } from "./scheduling/kv-cache.ts";
import { createScheduler } from "./scheduling/scheduler.ts";
import type { SimulatedEngineSettings } from "./settings.ts";
import { createVocabulary } from "./text/vocabulary.ts";

/**
 * Starts a stand-in for vLLM 0.33's OpenAI server that needs no accelerator, on a free port of the loopback address.
 * With a start-up time it returns at once nevertheless, with the port chosen; as with vLLM nothing listens there until
 * that time is over. Rejects with Node's error when it cannot listen, and with a `RangeError` when the KV cache could
 * not hold a single longest sequence, with which vLLM would not start either.
 */
export async function startSimulatedEngine(settings: SimulatedEngineSettings): Promise<Engine> {
  const context = createContext(settings);
  const server = createEngineServer(context);
  const opening = await open(server, settings.startupSeconds);
  return {
    name: "simulated",
    origin: opening.origin,
    gpuUtilization: () => Promise.resolve([context.scheduler.utilization()]),
    async stop() {
      opening.cancel();
      context.paused = true;
      // As vLLM does on SIGTERM.
      context.scheduler.endAll("abort");
      if (server.listening) await close(server);
    },
  };
}

function createContext(settings: SimulatedEngineSettings): EngineContext {
  const { kvCacheTokens, maxModelLength } = settings;
  const kvCache = createKvCache(kvCacheTokens);
  if (kvCache.size < blocksFor(maxModelLength)) {
    throw new RangeError(
      `A KV cache of ${kvCacheTokens} tokens cannot hold a sequence of ${maxModelLength}: raise the first or lower the ` +
        "second.",
    );
  }
  const metrics = createEngineMetrics(settings);
  return {
    settings,
    adapters: createAdapters(settings.model, settings.loraAdapters),
    vocabulary: createVocabulary(),
    kvCache,
    scheduler: createScheduler(settings, kvCache, metrics.recorder),
    metrics,
    paused: false,
    acceptedRequests: 0,
  };
}

async function close(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  // What the answers were ended with is on its way from the next turn on.
  await nextTurn();
  server.closeAllConnections();
  await closed;
}
