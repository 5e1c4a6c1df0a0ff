/** Routes whose answers are generated text: measured as such, streamed or whole. `POST`. */
export const GENERATION_ROUTES = ["/v1/completions", "/v1/chat/completions"] as const;

/** The engine's other inference routes, passed through. `POST`. */
export const PASSED_ROUTES = [
  "/v1/embeddings",
  "/v1/responses",
  "/v1/messages",
  "/v1/score",
  "/v1/rerank",
  "/v1/audio/transcriptions",
  "/v1/audio/translations",
] as const;

/** The list of models. `GET`. */
export const MODELS_ROUTE = "/v1/models";

/** Every route that is open to clients; `other` stands for all paths that do not exist. */
export const ROUTES = [...GENERATION_ROUTES, ...PASSED_ROUTES, MODELS_ROUTE, "other"] as const;

/** One of {@link ROUTES}. */
export type Route = (typeof ROUTES)[number];

const BY_PATH: ReadonlyMap<string, Route> = new Map(ROUTES.map((route) => [route, route]));

/** The route of a path, which has no query. */
export const routeOf = (path: string): Route => BY_PATH.get(path) ?? "other";

/** Whether a route's answers are generated text. */
export const isGeneration = (route: Route): boolean => GENERATION_ROUTES.some((generation) => generation === route);
