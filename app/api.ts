import { Hono } from "hono";
import { unknownPath, wrongMethod, type ApiError } from "./errors.ts";
import { MODELS_ROUTE, ROUTES } from "./routes.ts";

/** Paths that the kubelet asks; they are neither measured nor logged. */
export const PROBE_PATHS: readonly string[] = ["/health", "/ready"];

/**
 * All of the API port that is not handed to the engine: `GET /health` (this process is alive), `GET /ready` (it takes
 * requests, and the engine is well), and refusals in vLLM's envelope for wrong methods and for every path that is not
 * open to clients.
 */
export function createApi(isReady: () => Promise<boolean>): Hono {
  const api = new Hono();
  api.get("/health", (c) => c.body(null, 200));
  api.get("/ready", async (c) => c.body(null, (await isReady()) ? 200 : 503));
  for (const path of PROBE_PATHS) api.all(path, () => fail(wrongMethod(), "GET, HEAD"));
  for (const route of ROUTES.filter((each) => each !== "other")) {
    api.all(route, () => fail(wrongMethod(), route === MODELS_ROUTE ? "GET" : "POST"));
  }
  api.notFound(() => fail(unknownPath()));
  return api;
}

function fail(error: ApiError, allow?: string): Response {
  return Response.json(error.body(), { status: error.status, headers: allow === undefined ? {} : { allow } });
}
