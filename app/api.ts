import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Engine } from "./engines/engine.ts";
import { answerEvents, createAnswerHead, wholeAnswer } from "./completion-answer.ts";
import { parseCompletionRequest } from "./completion-request.ts";
import { ApiError, bodyTooLarge, internalError, malformed, unknownPath, wrongMethod } from "./errors.ts";
import { logError } from "./log.ts";

/** What the API serves. */
export interface ApiOptions {
  /** Served model name. */
  readonly model: string;
  /** Release version. */
  readonly version: string;
  /** Generates the answers. */
  readonly engine: Engine;
  /** False once the process drains; read at each `GET /ready`. */
  readonly isReady: () => boolean;
}

/** Largest request body, in bytes: 10 MiB. */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;

/**
 * The API port, in the form of vLLM's OpenAI server: `POST /v1/completions`, `GET /v1/models`, `GET /health` (liveness)
 * and, of ours, `GET /ready` (readiness). Every error has vLLM's envelope.
 */
export function createApi(options: ApiOptions): Hono {
  const api = new Hono();
  const startedAt = Math.floor(Date.now() / 1000);
  const limit = bodyLimit({ maxSize: MAX_BODY_BYTES, onError: () => fail(bodyTooLarge(MAX_BODY_BYTES)) });
  api.get("/health", (c) => c.body(null, 200));
  api.get("/ready", (c) => c.body(null, options.isReady() ? 200 : 503));
  api.get("/v1/models", (c) => c.json(modelList(options, startedAt)));
  api.post("/v1/completions", limit, (c) => complete(c, options));
  for (const path of ["/health", "/ready", "/v1/models"]) api.all(path, () => fail(wrongMethod(), "GET, HEAD"));
  api.all("/v1/completions", () => fail(wrongMethod(), "POST"));
  api.notFound(() => fail(unknownPath()));
  api.onError(answerError);
  return api;
}

function modelList({ model, engine }: ApiOptions, created: number) {
  const card = { id: model, object: "model", created, owned_by: "vllm", root: model, parent: null };
  return { object: "list", data: [{ ...card, max_model_len: engine.maxModelLength, permission: [] }] };
}

async function complete(c: Context, { model, version, engine }: ApiOptions): Promise<Response> {
  const request = parseCompletionRequest(await readJson(c), model, engine);
  const tokens = engine.generate(request, c.req.raw.signal);
  const head = createAnswerHead(model);
  if (!request.stream) return c.json(await wholeAnswer(head, version, request, tokens));
  const events = ReadableStream.from(answerEvents(head, version, request, tokens));
  return c.body(events, 200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" });
}

async function readJson(c: Context): Promise<unknown> {
  const text = await c.req.text();
  try {
    return JSON.parse(text);
  } catch (error) {
    throw malformed(`The request body is not valid JSON: ${error instanceof Error ? error.message : ""}`);
  }
}

function fail(error: ApiError, allow?: string): Response {
  return Response.json(error.body(), { status: error.status, headers: allow === undefined ? {} : { allow } });
}

function answerError(error: Error, c: Context): Response {
  if (error instanceof ApiError) return fail(error);
  // Nobody is left to read this answer: the client closed the connection, which is what stopped the engine.
  if (c.req.raw.signal.aborted) return new Response(null, { status: 499 });
  logError("request failed", error);
  return fail(internalError());
}
