import { createMetrics, type Metrics, type RequestResult } from "../../app/metrics.ts";
import type { Route } from "../../app/routes.ts";
import { keyOf, parseExposition, type Series } from "./series.ts";

/** A trace id. */
export const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

/** Metrics of version v1, of model `m` unless told otherwise. */
export const create = (model = "m"): Metrics =>
  createMetrics({ version: "v1", model, engine: "simulated", revision: "abc" });

/** All series at this moment. */
export const scrape = async (metrics: Metrics): Promise<readonly Series[]> => parseExposition(await metrics.expose());

/** Values above 0 of those metrics, by name and labels; of histograms the count and the sum. */
export async function counted(metrics: Metrics, ...names: readonly string[]): Promise<Record<string, number>> {
  const series = (await scrape(metrics)).filter(({ name, value }) => {
    return names.some((wanted) => [wanted, `${wanted}_count`, `${wanted}_sum`].includes(name)) && value > 0;
  });
  return Object.fromEntries(series.map((each) => [keyOf(each), each.value]));
}

/** The end of an answer of 2 s with status 200, and with what is given here. */
export const result = (changes: Partial<RequestResult> = {}): RequestResult => ({
  ...{ status: 200, seconds: 2, promptTokens: null, completionTokens: null, outcome: "ok", traceId: null },
  ...changes,
});

/** Measures a request that the engine had, from its arrival to its end. */
export function serve(metrics: Metrics, route: Route, changes: Partial<RequestResult> = {}, model?: string): void {
  const request = metrics.start(route);
  if (model !== undefined) request.setModel(model);
  request.handedToEngine();
  request.ended(result(changes));
}
