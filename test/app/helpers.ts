import { onTestFinished } from "vitest";
import type { Engine, GeneratedToken } from "../../app/engines/engine.ts";
import { createSimulatedEngine } from "../../app/engines/simulated.ts";
import { startService } from "../../app/service.ts";
import { readSettings } from "../../app/settings.ts";

/** Settings of a service under test: version v1, model `m`, no simulated delays. */
export const testSettings = readSettings({
  MODEL_VERSION: "v1",
  MODEL_NAME: "m",
  SIMULATED_TIME_TO_FIRST_TOKEN_MS: "0",
  SIMULATED_INTER_TOKEN_LATENCY_MS: "0",
  DRAIN_TIMEOUT_SECONDS: "0",
});

/** A simulated engine of version v1 without delays, unless told otherwise. */
export const testEngine = (interTokenLatencyMs = 0): Engine =>
  createSimulatedEngine({ version: "v1", timeToFirstTokenMs: 0, interTokenLatencyMs });

/** An engine of the simulated one's measures that generates what `generate` says. */
export const scriptedEngine = (generate: Engine["generate"]): Engine => ({ ...testEngine(), generate });

/** A token of choice 0. */
export const token = (text: string, finishReason: GeneratedToken["finishReason"] = null): GeneratedToken => ({
  choice: 0,
  text,
  finishReason,
});

/** Starts a service on free ports and stops it with the test. */
export async function serve(engine: Engine = testEngine()) {
  const service = await startService(testSettings, engine, { api: 0, metrics: 0 });
  onTestFinished(async () => {
    await service.stop();
  });
  const metricsUrl = `http://127.0.0.1:${service.ports.metrics}/metrics`;
  return {
    port: service.ports.api,
    url: `http://127.0.0.1:${service.ports.api}`,
    metricsUrl,
    /** All series by name and labels, as they are written in the exposition. */
    scrape: async (): Promise<ReadonlyMap<string, number>> => series(await (await fetch(metricsUrl)).text()),
  };
}

function series(exposition: string): ReadonlyMap<string, number> {
  const lines = exposition.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]));
}

/** Posts JSON to `/v1/completions`. */
export const complete = (url: string, body: object, signal?: AbortSignal): Promise<Response> =>
  fetch(`${url}/v1/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: signal ?? null,
  });

/** A promise, and the function that resolves it. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  return {
    opened: promise,
    open: () => {
      resolve(undefined);
    },
  };
}
