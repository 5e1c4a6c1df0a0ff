import type { EngineContext } from "../context.ts";
import { sendJson, sendText, type Call } from "./call.ts";

/** The vLLM that this engine behaves like. */
export const VLLM_VERSION = "0.33.0";

/** `GET /health` */
export function checkHealth(call: Call): void {
  sendText(call, 200, "");
}

/** `GET /version` */
export function showVersion(call: Call): void {
  sendJson(call, 200, { version: VLLM_VERSION });
}

/** `GET /metrics` */
export async function showMetrics(call: Call, context: EngineContext): Promise<void> {
  const { scheduler, metrics, kvCache, adapters } = context;
  const exposition = await metrics.expose({
    running: scheduler.running,
    waiting: scheduler.waiting,
    kvCacheUsage: kvCache.usage,
    loadedAdapters: adapters.loaded.size,
    adapters: scheduler.adapters(),
  });
  sendText(call, 200, exposition, metrics.contentType);
}

/** `POST /pause`: ends all answers with `abort` and refuses new requests until `/resume`; vLLM's other modes are not. */
export function pause(call: Call, context: EngineContext): void {
  const mode = call.url.searchParams.get("mode") ?? "abort";
  if (mode !== "abort") {
    sendJson(call, 400, { error: `Invalid pause mode: ${mode}` });
    return;
  }
  context.paused = true;
  context.scheduler.endAll("abort");
  sendJson(call, 200, { status: "paused" });
}

/** `POST /resume` */
export function resume(call: Call, context: EngineContext): void {
  context.paused = false;
  sendJson(call, 200, { status: "resumed" });
}

/** `GET /is_paused` */
export function isPaused(call: Call, { paused }: EngineContext): void {
  sendJson(call, 200, { is_paused: paused });
}
