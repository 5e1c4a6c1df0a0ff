import { createServer, type Server } from "node:http";
import { logError } from "../../../log.ts";
import type { EngineContext } from "../context.ts";
import { sendJson, takeCall, type Call } from "./call.ts";
import { EngineError, failed } from "../engine-error.ts";
import { ROUTES } from "./routes.ts";

/** What metrics call the paths that do not exist. */
const NO_HANDLER = "none";

/** Creates the HTTP server of an engine; it is not listening yet. */
export function createEngineServer(context: EngineContext): Server {
  return createServer((request, response) => {
    const call = takeCall(request, response);
    observe(call, context);
    void answer(call, context).catch((error: unknown) => {
      answerError(call, error);
    });
  });
}

async function answer(call: Call, context: EngineContext): Promise<void> {
  const route = ROUTES.get(call.url.pathname);
  // FastAPI's own words: vLLM's envelope is not around these two.
  if (route === undefined) sendJson(call, 404, { detail: "Not Found" });
  else if (route.method !== call.request.method) {
    call.response.setHeader("allow", route.method);
    sendJson(call, 405, { detail: "Method Not Allowed" });
  } else await route.handler(call, context);
}

function answerError(call: Call, error: unknown): void {
  const { response } = call;
  // The client left while its body was read, or an answer has begun: nobody can be told any more.
  if (response.headersSent || response.destroyed) response.destroy();
  else if (error instanceof EngineError) sendJson(call, error.status, error.body());
  else {
    logError("simulated engine failed", error instanceof Error ? error : new Error(String(error)));
    sendJson(call, failed().status, failed().body());
  }
}

function observe({ request, response, url }: Call, { metrics }: EngineContext): void {
  const arrivedAt = performance.now();
  const handler = ROUTES.has(url.pathname) ? url.pathname : NO_HANDLER;
  response.on("close", () => {
    const seconds = (performance.now() - arrivedAt) / 1000;
    metrics.answered({ method: request.method ?? "", handler, status: response.statusCode, seconds });
  });
}
