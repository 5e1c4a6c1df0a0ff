import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { Engine } from "./engines/engine.ts";
import { startSimulatedEngine } from "./engines/simulated/simulated-engine.ts";
import { createVllmEngine } from "./engines/vllm.ts";
import { logError, logInfo } from "./log.ts";
import { createRequestLog } from "./request-log/writer.ts";
import { startService, type Parts, type Ports, type RunningService } from "./service.ts";
import { SettingsError, type Environment } from "./settings-reader.ts";
import { readSettings, type Settings } from "./settings.ts";
import { createTracing } from "./tracing.ts";

/**
 * Runs the service until SIGTERM or SIGINT, then drains it and exits 0; a second signal exits at once with 128 plus its
 * number. Faulty settings are printed to standard error, one line each, and a fault or a port that cannot be had exits 1.
 */
export async function main(environment: Environment, ports: Ports): Promise<void> {
  try {
    const settings = readSettings(environment);
    const { modelVersion: version, modelName: model } = settings;
    const engine = await startEngine(settings);
    const parts = { engine, log: createRequestLog(), tracing: await createTracing(environment, version) };
    const service = await startService(settings, parts, ports);
    stopOnSignal(service, parts, settings);
    const { api: api_port, metrics: metrics_port } = service.ports;
    logInfo("listening", { version, model, engine: engine.name, engine_url: engine.origin, api_port, metrics_port });
  } catch (error) {
    if (error instanceof SettingsError) process.stderr.write(`${error.message}\n`);
    else logError("could not start", error instanceof Error ? error : new Error(String(error)));
    // Not by exitCode: the other server may already listen and would keep the process alive.
    process.exit(1);
  }
}

function startEngine({ engine }: Settings): Engine | Promise<Engine> {
  return engine.kind === "vllm" ? createVllmEngine(engine.origin) : startSimulatedEngine(engine);
}

function stopOnSignal(service: RunningService, parts: Parts, settings: Settings): void {
  let stopping = false;
  const onSignal = (signal: "SIGTERM" | "SIGINT"): void => {
    if (stopping) process.exit(128 + constants.signals[signal]);
    stopping = true;
    logInfo("draining", { signal, timeout_seconds: settings.drainTimeoutSeconds });
    void stop(service, parts).then(() => process.exit(0));
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
}

/** Longest wait until the log's reader has taken what is left: a reader that hangs must not hold up the end. */
const FLUSH_MS = 2000;

async function stop(service: RunningService, { engine, log, tracing }: Parts): Promise<void> {
  const cut = await service.stop();
  logInfo("stopped", { requests_cut: cut });
  const flushed = Promise.race([log.flush(), sleep(FLUSH_MS)]);
  await Promise.all([engine.stop(), tracing.stop(), flushed]);
}

if (import.meta.main) await main(process.env, { api: 8000, metrics: 8001 });
