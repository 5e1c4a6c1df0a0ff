import type { Engine, SimulatedEngine } from "../components/engine-settings.ts";
import { type Check, integer, oneOf } from "./checks.ts";
import { object } from "./collections.ts";
import { vllm } from "./vllm.ts";

const milliseconds = (max: number, fallback: number): Check<number> =>
  integer({ min: 0, max, default: fallback, meaning: "milliseconds" });
const percent = (fallback: number, meaning: string): Check<number> =>
  integer({ min: 0, max: 100, default: fallback, meaning: `percent ${meaning}` });

const simulated = object<SimulatedEngine>({
  kind: () => "simulated",
  timeToFirstTokenMs: milliseconds(60_000, 20),
  interTokenLatencyMs: milliseconds(10_000, 5),
  maxNumSeqs: integer({ min: 1, max: 100_000, default: 64, meaning: "sequences at a time" }),
  startupSeconds: integer({ min: 0, max: 3600, default: 0, meaning: "seconds" }),
  seed: integer({ min: 0, max: 4_294_967_295, default: 0, meaning: "of texts and failures" }),
  errorPercent: percent(0, "of the requests"),
  streamErrorPercent: percent(0, "of the streams"),
  streamAbortPercent: percent(0, "of the answers"),
  answerQualityPercent: percent(100, "of a good text"),
});

const kind = oneOf(["simulated", "vllm"]);

/** What generates the answers: its `kind` decides which other fields there are. */
export const engine: Check<Engine> = (value, path, faults) => {
  const before = faults.length;
  const chosen = kind(kindOf(value), `${path}.kind`, faults);
  // Fields of a kind that does not exist are neither right nor wrong.
  const fieldFaults = faults.length > before ? [] : faults;
  return chosen === "vllm" ? vllm(value, path, fieldFaults) : simulated(value, path, fieldFaults);
};

function kindOf(value: unknown): unknown {
  let given = value;
  try {
    if (typeof value === "string") given = JSON.parse(value);
  } catch {
    return undefined;
  }
  return typeof given === "object" && given !== null && "kind" in given ? given.kind : undefined;
}
