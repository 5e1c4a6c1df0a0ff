import type { SimulatedEngine, Version } from "../components/model-version.ts";
import { type Check, faultLine, integer, matching, oneOf, text, where } from "./checks.ts";
import { object, pair } from "./collections.ts";
import { DNS_LABEL } from "./patterns.ts";

const CPU = /^(?=.*[1-9])(\d+m|\d+(\.\d{1,3})?)$/;
const MEMORY = /^(?=.*[1-9])\d+(\.\d+)?(Ki|Mi|Gi|Ti|k|M|G|T)$/;

const milliseconds = (max: number, fallback: number): Check<number> =>
  integer({ min: 0, max, default: fallback, meaning: "milliseconds" });
const percent = (fallback: number, meaning: string): Check<number> =>
  integer({ min: 0, max: 100, default: fallback, meaning: `percent ${meaning}` });

const engine = object<SimulatedEngine>({
  kind: oneOf(["simulated"]),
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

const replicas = where(
  object<Version["replicas"]>({
    min: integer({ min: 1, default: 1, meaning: "pods" }),
    max: integer({ min: 1, default: 3, meaning: "pods" }),
  }),
  ({ min, max }) => max >= min,
  { expected: "max not below min", cure: "raise max or lower min" },
);

const version = object<Version>({
  name: text((value) => value.length <= 20 && DNS_LABEL.test(value), {
    expected: "1 to 20 lower-case letters, digits or -, not starting or ending with -",
    example: "v2",
  }),
  model: matching(/^[!-~]{1,256}$/, {
    expected: "the model name clients send, 1 to 256 printable characters without spaces",
    example: "my-model",
  }),
  replicas,
  resources: object<Version["resources"]>({
    cpu: matching(CPU, { expected: "a Kubernetes CPU quantity above 0, such as 100m or 2" }, "100m"),
    memory: matching(
      MEMORY,
      { expected: "a Kubernetes memory quantity above 0 with its unit, such as 384Mi" },
      "384Mi",
    ),
  }),
  engine,
});

/** The two versions; equal names are a fault of the second one even when other fields are at fault too. */
export const versions: Check<readonly [stable: Version, canary: Version]> = (value, path, faults) => {
  const both = pair(version, {
    expected: "a list of exactly two versions, the stable one and the canary, each with at least name and model",
    cure: "copy the versions of Pulumi.dev.yaml into this stack's file",
  })(value, path, faults);
  const [stable, canary] = both;
  if (stable.name !== "" && stable.name === canary.name) {
    const rule = { expected: `a name other than the one of ${path}[0]`, example: `${canary.name.slice(0, 16)}-new` };
    faults.push(faultLine(`${path}[1].name`, canary.name, rule));
  }
  return both;
};
