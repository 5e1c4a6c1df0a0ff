import type { Family, Sample } from "../exposition.ts";
import type { Json, JsonObject } from "../json.ts";
import { boundsOf, isContracted, VLLM_METRICS, type MetricContract } from "../vllm-0.33-metrics.ts";

/** What an engine exposes, and the longest context it says it has. */
export interface Exposed {
  readonly families: ReadonlyMap<string, Family>;
  readonly contextTokens: number;
}

/** How an engine's metrics deviate from vLLM's; with vLLM itself in nothing. */
export interface MetricClaim {
  readonly expected: Json;
  readonly read: (exposed: Exposed) => Json;
  /** Whether a real vLLM may deviate here, having been started in its own way. */
  readonly simulatorsOnly?: boolean;
}

const contracted = ({ families }: Exposed): readonly (readonly [MetricContract, Family])[] =>
  Object.entries(VLLM_METRICS).flatMap(([name, contract]) => {
    const family = families.get(name);
    return family === undefined || family.samples.length === 0 ? [] : [[contract, family] as const];
  });

/** Names of the metrics that a check does not hold for. */
const deviating = (exposed: Exposed, holds: (contract: MetricContract, family: Family) => boolean): Json =>
  contracted(exposed)
    .filter(([contract, family]) => !holds(contract, family))
    .map(([, { name }]) => name)
    .sort();

const ofHistogram = (label: string): boolean => label !== "le";
const labelsOf = ({ samples }: Family): readonly string[] =>
  [...new Set(samples.flatMap(({ labels }) => Object.keys(labels)))].filter(ofHistogram).sort();
const same = (left: readonly unknown[], right: readonly unknown[]): boolean =>
  JSON.stringify(left) === JSON.stringify(right);

/** How a metric's labels differ: what it has too many of, then what it lacks; empty when they do not. */
function labelFault({ labels, open = false }: MetricContract, family: Family): string {
  const seen = labelsOf(family);
  const extra = open ? [] : seen.filter((label) => !labels.includes(label)).map((label) => `+${label}`);
  return [...extra, ...labels.filter((label) => !seen.includes(label)).map((label) => `-${label}`)].join(" ");
}

/** Names of the metrics by what is wrong with their labels. */
function labelFaults(exposed: Exposed): JsonObject {
  const faulty = contracted(exposed).map(([contract, family]) => ({
    name: family.name,
    fault: labelFault(contract, family),
  }));
  const groups = Object.groupBy(faulty, ({ fault }) => fault);
  const named = Object.entries(groups).map(
    ([fault, group = []]) => [fault, group.map(({ name }) => name).sort()] as const,
  );
  return Object.fromEntries(named.filter(([fault]) => fault !== ""));
}

const hasValues = ({ values = {} }: MetricContract, { samples }: Family): boolean =>
  Object.entries(values).every(([label, allowed]) => same([...new Set(samples.map(valueOf(label)))].sort(), allowed));

const valueOf =
  (label: string) =>
  ({ labels }: Sample): string | undefined =>
    labels[label];

function boundsIn({ samples }: Family): readonly number[] {
  const bounds = new Set(samples.flatMap(({ labels: { le } }) => (le === undefined ? [] : [Number(le)])));
  return [...bounds].filter(Number.isFinite);
}

/** The names, labels and bounds that dashboards, alerts and autoscaling are written for. */
export const METRIC_CLAIMS = {
  "no metric of vLLM's is missing": {
    expected: [],
    read: ({ families }) =>
      Object.entries(VLLM_METRICS)
        .filter(([name, { optional = false }]) => !optional && (families.get(name)?.samples ?? []).length === 0)
        .map(([name]) => name),
  },
  "no metric is there that vLLM does not have": {
    expected: [],
    simulatorsOnly: true,
    read: ({ families }) => [...families.keys()].filter((name) => isContracted(name) && !(name in VLLM_METRICS)).sort(),
  },
  "every metric has vLLM's type": {
    expected: [],
    read: (exposed) => deviating(exposed, ({ type }, family) => type === family.type),
  },
  "every metric has vLLM's labels": {
    expected: {},
    read: labelFaults,
  },
  "labels that tell a reason or a source have all of vLLM's values from the start": {
    expected: [],
    read: (exposed) => deviating(exposed, hasValues),
  },
  "every histogram has vLLM's bounds": {
    expected: [],
    read: (exposed) =>
      deviating(exposed, ({ bounds }, family) =>
        bounds === undefined ? true : same(boundsIn(family), boundsOf(bounds, exposed.contextTokens)),
      ),
  },
} as const satisfies Readonly<Record<string, MetricClaim>>;
