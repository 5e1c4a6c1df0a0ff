import { once } from "node:events";
import type { Server } from "node:http";
import { createApi } from "./api.ts";
import { createDrain } from "./drain.ts";
import type { Engine } from "./engines/engine.ts";
import { createMeteredEngine } from "./metered-engine.ts";
import { createHttpServer } from "./http-server.ts";
import { createMetricsApi } from "./metrics-api.ts";
import { createMetrics } from "./metrics.ts";
import { observeRequest } from "./observer.ts";
import type { Settings } from "./settings.ts";

/** TCP ports, on all addresses; 0 lets the system choose. */
export interface Ports {
  /** OpenAI API and probes. */
  readonly api: number;
  /** Prometheus metrics. */
  readonly metrics: number;
}

/** A service that is listening. */
export interface RunningService {
  /** The ports in use. */
  readonly ports: Ports;
  /**
   * Turns readiness off, goes on serving until no request is open or the drain timeout is over, then closes both ports.
   * Returns the number of requests that were cut off. To be called once.
   */
  stop(): Promise<number>;
}

/** Starts both servers. Rejects with Node's error when a port cannot be had. */
export async function startService(settings: Settings, engine: Engine, ports: Ports): Promise<RunningService> {
  const { modelVersion: version, modelName: model } = settings;
  const metrics = createMetrics({ version, model, engine: engine.name, revision: settings.buildRevision });
  const drain = createDrain();
  const meteredEngine = createMeteredEngine(engine, metrics);
  const api = createApi({ model, version, engine: meteredEngine, isReady: () => !drain.draining });
  const metricsApi = createMetricsApi(metrics);
  const apiServer = createHttpServer(version, api.fetch, (incoming, outgoing) => {
    drain.track(outgoing);
    observeRequest(incoming, outgoing, metrics);
  });
  const metricsServer = createHttpServer(version, metricsApi.fetch, () => undefined);
  return {
    ports: { metrics: await listen(metricsServer, ports.metrics), api: await listen(apiServer, ports.api) },
    async stop() {
      const cut = await drain.finish(settings.drainTimeoutSeconds * 1000);
      await Promise.all([close(apiServer), close(metricsServer)]);
      return cut;
    },
  };
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port);
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}
