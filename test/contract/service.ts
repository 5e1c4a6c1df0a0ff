import { createInterface } from "node:readline";
import { join } from "node:path";
import { ready, startProcess } from "./process.ts";

/** The service as a process of its own. */
export interface RunningService {
  /** API port: `http://127.0.0.1:port`. */
  readonly origin: string;
  stop(): Promise<void>;
}

/** Release version that the service under test says it is. */
export const VERSION = "v7";

const program = join(import.meta.dirname, "../app/serve-on-free-ports.ts");

/**
 * Starts the service and waits until it listens.
 *
 * @param engine where the engine listens; without one the service brings its own simulated one
 */
export async function startService(model: string, engine?: string): Promise<RunningService> {
  const service = startProcess(process.execPath, [program], {
    MODEL_VERSION: VERSION,
    MODEL_NAME: model,
    DRAIN_TIMEOUT_SECONDS: "0",
    ...(engine === undefined ? {} : { ENGINE_URL: engine }),
  });
  const listening = new Promise<number>((resolve) => {
    createInterface(service.stdout).on("line", (line) => {
      const port = apiPort(line);
      if (port !== undefined) resolve(port);
    });
  });
  const port = await ready(service, listening);
  return { origin: `http://127.0.0.1:${port}`, stop: () => service.stop() };
}

/** The port in the log line that tells the service listens; undefined for any other line. */
function apiPort(line: string): number | undefined {
  const record: unknown = JSON.parse(line);
  return typeof record === "object" && record !== null && "api_port" in record ? Number(record.api_port) : undefined;
}
