import { once } from "node:events";
import type { Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { createDrain } from "./drain.ts";
import type { Engine } from "./engines/engine.ts";
import { startGpuSampler } from "./gpu-sampler.ts";
import { createHttpServer } from "./http-server.ts";
import { createMetricsApi } from "./metrics-api.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { createProxy } from "./proxy/proxy.ts";
import { createRequestHandler } from "./request-handler.ts";
import type { RequestLog } from "./request-log/writer.ts";
import { createServedModels } from "./served-models.ts";
import type { Settings } from "./settings.ts";
import type { Tracing } from "./tracing.ts";

/** TCP ports, on all addresses; 0 lets the system choose. */
export interface Ports {
  /** OpenAI API and probes. */
  readonly api: number;
  /** Prometheus metrics. */
  readonly metrics: number;
}

/** What a service works with; whoever starts it stops these after it. */
export interface Parts {
  readonly engine: Engine;
  readonly log: RequestLog;
  readonly tracing: Tracing;
}

/** A service that is listening. */
export interface RunningService {
  /** The ports in use. */
  readonly ports: Ports;
  /**
   * Refuses new requests from now on, goes on serving until no request is open or the drain timeout is over, then closes
   * both ports. Returns the number of requests that were cut off. To be called once.
   */
  stop(): Promise<number>;
}

/** Longest wait until the clients of broken answers have been told. */
const FAREWELL_MS = 1000;

/** Starts both servers. Rejects with Node's error when a port cannot be had. */
export async function startService(settings: Settings, parts: Parts, ports: Ports): Promise<RunningService> {
  const { modelVersion: version, modelName: model } = settings;
  const { engine, log, tracing } = parts;
  const metrics = createMetrics({ version, model, engine: engine.name, revision: settings.buildRevision });
  const drain = createDrain();
  const models = createServedModels(model);
  const proxy = createProxy({
    ...settings,
    origin: engine.origin,
    engineTimeoutMs: settings.engineTimeoutSeconds * 1000,
    engineIdleTimeoutMs: settings.engineIdleTimeoutSeconds * 1000,
    models,
  });
  const countedLog = countLosses(log, metrics);
  const handler = createRequestHandler({
    ...settings,
    ...{ version, model, models, log: countedLog, drain, proxy, metrics, tracing },
  });
  const apiServer = createHttpServer(version, handler);
  const answerMetrics = getRequestListener(createMetricsApi(metrics, engine).fetch);
  const metricsServer = createHttpServer(version, (incoming, outgoing) => void answerMetrics(incoming, outgoing));
  const gpuSampler = startGpuSampler(engine, (share) => {
    metrics.gpuUtilization(share);
  });
  return {
    ports: { metrics: await listen(metricsServer, ports.metrics), api: await listen(apiServer, ports.api) },
    async stop() {
      const cut = await drain.finish(settings.drainTimeoutSeconds * 1000);
      gpuSampler.stop();
      // This breaks what is still open off; each client is told before its connection is closed.
      await proxy.close();
      await drain.finish(FAREWELL_MS);
      await Promise.all([close(apiServer), close(metricsServer)]);
      return cut;
    },
  };
}

/** Records go to the log, and what it has lost since to the metrics. */
function countLosses(log: RequestLog, metrics: Metrics): Pick<RequestLog, "write"> {
  let counted = 0;
  return {
    write(record) {
      log.write(record);
      if (log.dropped > counted) metrics.requestLogLinesDropped(log.dropped - counted);
      counted = log.dropped;
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
