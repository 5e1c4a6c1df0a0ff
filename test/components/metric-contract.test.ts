import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { METRICS } from "../../app/metric-catalogue.ts";
import { alertRuleGroups, weightRuleGroups } from "../../components/alert-rules.ts";
import { WAITING_REQUESTS_METRIC } from "../../components/autoscaler.ts";
import { releaseDashboard, sreDashboard } from "../../components/dashboards.ts";
import { adapterValues } from "../../components/monitoring-values.ts";
import { VLLM_METRICS } from "../contract/vllm-0.33-metrics.ts";
import { OBJECTIVES } from "./objectives-fixture.ts";
import { groupingLabels, metricsIn } from "./promql.ts";

/** Where a query stands, and the query. */
type Place = readonly [place: string, expr: string];

const RULES = [
  ...alertRuleGroups({ namespace: "vllm", versions: ["v1", "v2"], objectives: OBJECTIVES, runbookUrl: undefined }),
  ...weightRuleGroups("vllm", { v1: 90, v2: 10 }),
].flatMap(({ name, rules = [] }) => rules.map((rule) => ({ group: name, ...rule })));

/** Labels that Prometheus and its operator give to every series of a pod. */
const TARGET_LABELS = ["namespace", "pod", "container", "endpoint", "instance", "job", "version"];
const HISTOGRAM_SUFFIXES = ["_bucket", "_sum", "_count"];

/** Metrics that others expose, by their own documentation. */
const FOREIGN: Readonly<Record<string, readonly string[]>> = {
  // Prometheus itself.
  ALERTS: ["alertname", "alertstate", "severity", "namespace", "version", "window"],
  // kube-state-metrics, docs/metrics/workload/horizontalpodautoscaler-metrics.md
  kube_horizontalpodautoscaler_status_desired_replicas: ["horizontalpodautoscaler", "namespace"],
  kube_horizontalpodautoscaler_spec_max_replicas: ["horizontalpodautoscaler", "namespace"],
  // dcgm-exporter, etc/default-counters.csv
  DCGM_FI_DEV_FB_USED: ["gpu", "namespace", "pod"],
  DCGM_FI_DEV_FB_FREE: ["gpu", "namespace", "pod"],
};

function exposed(): ReadonlyMap<string, readonly string[]> {
  const known = new Map<string, readonly string[]>(Object.entries(FOREIGN));
  const add = (name: string, type: string, labels: readonly string[]): void => {
    const all = [...labels, ...TARGET_LABELS];
    if (type !== "histogram") known.set(name, all);
    else for (const suffix of HISTOGRAM_SUFFIXES) known.set(name + suffix, suffix === "_bucket" ? [...all, "le"] : all);
  };
  for (const { name, type, labels } of Object.values(METRICS)) add(name, type, [...labels, "model"]);
  for (const [name, { type, labels }] of Object.entries(VLLM_METRICS)) add(name, type, labels);
  for (const { record, expr, labels = {} } of RULES) {
    if (record !== undefined) known.set(record, [...groupingLabels(String(expr)), ...Object.keys(labels)]);
  }
  return known;
}

function panels(dashboard: object): Place[] {
  const { title, panels: all = [] } = dashboard as { title: string; panels?: readonly Panel[] };
  return all.flatMap((panel) =>
    (panel.targets ?? []).map(({ expr }): Place => [`${title}, panel ${panel.title}`, expr]),
  );
}

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

const DASHBOARDS = [sreDashboard, releaseDashboard].map((make) =>
  make({
    namespace: "vllm",
    stable: "v1",
    canary: "v2",
    objectives: OBJECTIVES,
    links: { logs: undefined, traces: undefined, kiali: undefined },
  }),
);

const annotations = (dashboard: (typeof DASHBOARDS)[number]): Place[] =>
  (dashboard.annotations.list ?? []).flatMap(({ name, expr }) =>
    expr === undefined ? [] : [[`${dashboard.title ?? ""}, annotation ${name}`, expr] as const],
  );

const adapterQueries = (): Place[] => {
  const values = adapterValues({ namespace: "monitoring", highAvailability: false }) as unknown as {
    rules: { custom: readonly { seriesQuery: string }[] };
  };
  return values.rules.custom.map(({ seriesQuery }) => ["prometheus-adapter, seriesQuery", seriesQuery]);
};

const isQuery = (code: string): boolean =>
  /\b(rate|sum|max|histogram_quantile)\b.*\(/.test(code) || /^vllm[_:]/.test(code);

/** Metrics and queries in the code spans of the pages. */
function documented(): Place[] {
  return globSync(["README.md", "docs/**/*.md"]).flatMap((page) => {
    const spans = readFileSync(page, "utf8").matchAll(/`([^`\n]+)`/g);
    return [...spans]
      .map(([, code = ""]) => code)
      .filter((code) => isQuery(code) && !code.includes("*"))
      .map((code): Place => [page, /^vllm_\w+\{[\w,]+\}$/.test(code) ? (code.split("{")[0] ?? "") : code]);
  });
}

const PLACES: readonly Place[] = [
  ...DASHBOARDS.flatMap((dashboard) => [...panels(dashboard), ...annotations(dashboard)]),
  ...RULES.map(({ group, alert, record, expr }): Place => [`rule ${alert ?? record ?? ""} of ${group}`, String(expr)]),
  ["autoscaler", WAITING_REQUESTS_METRIC],
  ...adapterQueries(),
  ...documented(),
];

/** What is wrong with a query, in words. */
function faultsOf(place: string, expr: string, known: ReadonlyMap<string, readonly string[]>): string[] {
  const uses = metricsIn(expr);
  const unknown = uses.filter(({ metric }) => !known.has(metric) && !isFamily(metric, known));
  const strayLabels = uses.flatMap(({ metric, labels }) =>
    labels.filter((label) => known.get(metric)?.includes(label) === false).map((label) => `${metric}{${label}}`),
  );
  const any = new Set(uses.flatMap(({ metric }) => known.get(metric) ?? []));
  const stray = groupingLabels(expr).filter((label) => uses.length > 0 && !any.has(label));
  return [...unknown.map(({ metric }) => metric), ...strayLabels, ...stray].map(
    (fault) => `${place}: nothing exposes ${fault}`,
  );
}

/** Pages name a histogram without the suffixes of its series. */
const isFamily = (metric: string, known: ReadonlyMap<string, readonly string[]>): boolean =>
  HISTOGRAM_SUFFIXES.every((suffix) => known.has(metric + suffix));

describe("pure: the metric contract", () => {
  const known = exposed();

  it("has every place that uses a metric", () => {
    const kinds = [
      "vLLM-SRE",
      "vLLM-Release",
      "rule Vllm",
      "autoscaler",
      "prometheus-adapter",
      "docs/runbooks",
      "docs/service",
    ];
    for (const kind of kinds) expect(PLACES.map(([place]) => place).some((place) => place.startsWith(kind))).toBe(true);
    expect(PLACES.length).toBeGreaterThan(100);
  });

  it("is kept: every metric and label that is used somewhere is exposed by something", () => {
    expect(PLACES.flatMap(([place, expr]) => faultsOf(place, expr, known))).toEqual([]);
  });

  it("names the place of a metric that was renamed", () => {
    const renamed = new Map([...known].filter(([name]) => name !== "vllm_requests_queued"));
    const faults = PLACES.flatMap(([place, expr]) => faultsOf(place, expr, renamed));
    expect(faults).toContain("vLLM-SRE, panel Requests in flight and queued: nothing exposes vllm_requests_queued");
    expect(faults).toContain("autoscaler: nothing exposes vllm_requests_queued");
    expect(faults).toContain("prometheus-adapter, seriesQuery: nothing exposes vllm_requests_queued");
  });

  it("names a label that no series has", () => {
    expect(faultsOf("here", 'sum by (colour) (vllm_requests_total{shape="round"})', known)).toEqual([
      "here: nothing exposes vllm_requests_total{shape}",
      "here: nothing exposes colour",
    ]);
  });

  it("holds every alert to a runbook, and every runbook to an alert", () => {
    const alerts = new Set(RULES.flatMap(({ alert }) => (alert === undefined ? [] : [`docs/runbooks/${alert}.md`])));
    expect([...alerts].sort()).toEqual(globSync("docs/runbooks/*.md").sort());
    const addresses = RULES.flatMap(({ alert, annotations }) =>
      alert === undefined ? [] : [annotations?.["runbook_url"]],
    );
    expect(new Set(addresses)).toEqual(alerts);
  });
});
