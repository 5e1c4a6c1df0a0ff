import { constants } from "node:os";
import { createSimulatedEngine } from "./engines/simulated.ts";
import { logError, logInfo } from "./log.ts";
import { startService, type Ports, type RunningService } from "./service.ts";
import { readSettings, SettingsError, type Environment, type Settings } from "./settings.ts";

/**
 * Runs the service until SIGTERM or SIGINT, then drains it and exits 0; a second signal exits at once with 128 plus its
 * number. Faulty settings are printed to standard error, one line each, and a fault or a port that cannot be had exits 1.
 */
export async function main(environment: Environment, ports: Ports): Promise<void> {
  try {
    const settings = readSettings(environment);
    const { modelVersion: version, modelName: model, timeToFirstTokenMs, interTokenLatencyMs } = settings;
    const engine = createSimulatedEngine({ version, timeToFirstTokenMs, interTokenLatencyMs });
    const service = await startService(settings, engine, ports);
    stopOnSignal(service, settings);
    logInfo("listening", { version, model, api_port: service.ports.api, metrics_port: service.ports.metrics });
  } catch (error) {
    if (error instanceof SettingsError) process.stderr.write(`${error.message}\n`);
    else logError("could not start", error instanceof Error ? error : new Error(String(error)));
    // Not by exitCode: the other server may already listen and would keep the process alive.
    process.exit(1);
  }
}

function stopOnSignal(service: RunningService, settings: Settings): void {
  let stopping = false;
  const onSignal = (signal: "SIGTERM" | "SIGINT"): void => {
    if (stopping) process.exit(128 + constants.signals[signal]);
    stopping = true;
    logInfo("draining", { signal, timeout_seconds: settings.drainTimeoutSeconds });
    void service.stop().then((cut) => {
      logInfo("stopped", { requests_cut: cut });
      process.exit(0);
    });
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
}

if (import.meta.main) await main(process.env, { api: 8000, metrics: 8001 });
