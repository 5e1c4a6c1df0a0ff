import { randomSource } from "./random.ts";
import type { Fault } from "./scheduling/sequence.ts";
import type { SimulatedEngineSettings } from "./settings.ts";

/** What goes wrong with one request: it is refused, or a fault strikes its answer. */
export type Failure = { readonly kind: "refusal" } | Fault;

/** The share of each failure; where several are drawn for one request, the first one here happens. */
const SHARES = [
  ["refusal", "errorPercent"],
  ["error", "streamErrorPercent"],
  ["abort", "streamAbortPercent"],
  ["cut", "streamCutPercent"],
  ["stall", "stallPercent"],
] as const satisfies [Failure["kind"], keyof SimulatedEngineSettings][];

/** Tokens of an answer that still come before its fault, at most; a shorter answer's fault strikes at its end. */
const LATEST_FAULT = 16;

/**
 * Draws what goes wrong with the request of that running number, null for nothing. It depends on nothing but the seed,
 * the shares and the number, so a run can be repeated.
 */
export function drawFailure(settings: SimulatedEngineSettings, requestNumber: number): Failure | null {
  const random = randomSource(`failure ${settings.seed} ${requestNumber}`);
  const afterTokens = 1 + Math.floor(random() * LATEST_FAULT);
  const drawn = SHARES.filter(([, share]) => random() * 100 < settings[share]);
  const kind = drawn[0]?.[0];
  if (kind === undefined) return null;
  return kind === "refusal" ? { kind } : { kind, afterTokens };
}
