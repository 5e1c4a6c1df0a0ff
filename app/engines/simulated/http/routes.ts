import type { EngineContext } from "../context.ts";
import type { Call } from "./call.ts";
import { answerEmbeddings } from "./embeddings.ts";
import { answerChat, answerCompletion } from "./generations.ts";
import { loadAdapter, showModels, unloadAdapter } from "./models.ts";
import { checkHealth, isPaused, pause, resume, showMetrics, showVersion } from "./operations.ts";
import { detokenize, tokenize } from "./tokens.ts";

/** Answers a call to one route; may throw an `EngineError` instead. */
export type Handler = (call: Call, context: EngineContext) => void | Promise<void>;

/** A path and what answers there. */
export interface Route {
  readonly method: "GET" | "POST";
  readonly handler: Handler;
}

/**
 * Everything there is. As in a vLLM that was started for development (`VLLM_SERVER_DEV_MODE`,
 * `VLLM_ALLOW_RUNTIME_LORA_UPDATING`), anybody who gets here can pause the engine and change its adapters.
 */
export const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ["/v1/completions", { method: "POST", handler: answerCompletion }],
  ["/v1/chat/completions", { method: "POST", handler: answerChat }],
  ["/v1/embeddings", { method: "POST", handler: answerEmbeddings }],
  ["/v1/models", { method: "GET", handler: showModels }],
  ["/v1/load_lora_adapter", { method: "POST", handler: loadAdapter }],
  ["/v1/unload_lora_adapter", { method: "POST", handler: unloadAdapter }],
  ["/tokenize", { method: "POST", handler: tokenize }],
  ["/detokenize", { method: "POST", handler: detokenize }],
  ["/health", { method: "GET", handler: checkHealth }],
  ["/version", { method: "GET", handler: showVersion }],
  ["/metrics", { method: "GET", handler: showMetrics }],
  ["/pause", { method: "POST", handler: pause }],
  ["/resume", { method: "POST", handler: resume }],
  ["/is_paused", { method: "GET", handler: isPaused }],
]);
