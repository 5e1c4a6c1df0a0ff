import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { BUCKETS, requestTokenBuckets } from "./buckets.ts";
import { METRICS, type MetricDefinition } from "./catalogue.ts";

type Key<T extends MetricDefinition["type"]> = {
  [K in keyof typeof METRICS]: (typeof METRICS)[K] extends { readonly type: T } ? K : never;
}[keyof typeof METRICS];

/** Label values by name, without those that all series of the engine have. */
export type Labels = Readonly<Record<string, string>>;

/** Counts, sets or observes a value. */
export type Meter = (value: number, labels?: Labels) => void;

/** Makes the metrics of the catalogue, each to be made once. */
export interface Meters {
  /** Makes a counter; the series with `labels` are there from the start, so that a rate sees their first count. */
  counter(key: Key<"counter">, labels?: readonly Labels[]): Meter;
  /** Makes a gauge; `clear` forgets all its series. */
  gauge(key: Key<"gauge">): Meter & { readonly clear: () => void };
  /** Makes a histogram; it is there from the start if it has no labels of its own. */
  histogram(key: Key<"histogram">): Meter;
}

/** Makes metrics in a registry, for a served model whose context holds so many tokens. */
export function createMeters(registry: Registry, model: string, maxModelLength: number): Meters {
  const everywhere: Labels = { model_name: model, engine: "0" };
  const describe = (definition: MetricDefinition) => {
    const { name, help, labelNames } = definition;
    const fixed = Object.fromEntries(Object.entries(everywhere).filter(([label]) => labelNames.includes(label)));
    return { fixed, options: { name, help, labelNames: [...labelNames], registers: [registry] } };
  };
  return {
    counter(key, series = [{}]) {
      const { fixed, options } = describe(METRICS[key]);
      const counter = new Counter(options);
      const count: Meter = (value, labels) => {
        counter.inc({ ...fixed, ...labels }, value);
      };
      for (const labels of series) count(0, labels);
      return count;
    },
    gauge(key) {
      const { fixed, options } = describe(METRICS[key]);
      const gauge = new Gauge(options);
      const set: Meter = (value, labels) => {
        gauge.set({ ...fixed, ...labels }, value);
      };
      const clear = (): void => {
        gauge.reset();
      };
      return Object.assign(set, { clear });
    },
    histogram(key) {
      const { buckets, labelNames } = METRICS[key];
      const { fixed, options } = describe(METRICS[key]);
      const bounds = buckets === "requestTokens" ? requestTokenBuckets(maxModelLength) : BUCKETS[buckets];
      const histogram = new Histogram({ ...options, buckets: [...bounds] });
      if (labelNames.length === Object.keys(fixed).length) histogram.zero(fixed);
      return (value, labels) => {
        histogram.observe(labels === undefined ? fixed : { ...fixed, ...labels }, value);
      };
    },
  };
}
