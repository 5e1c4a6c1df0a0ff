import { beforeAll, describe, expect, it } from "vitest";
import { alertmanagerConfigSpec } from "../../components/alert-receiver.ts";
import { alertRuleGroups, weightRuleGroups } from "../../components/alert-rules.ts";
import { releaseDashboard, sreDashboard } from "../../components/dashboards.ts";
import { Observability, type ObservabilitySettings } from "../../components/observability.ts";
import { podMonitorSpec } from "../../components/pod-monitor.ts";
import { mockEngine, type Recorder, registered } from "../mocks.ts";
import { OBJECTIVES } from "./objectives-fixture.ts";

const LINKS = { logs: "https://logs.example.com", traces: undefined, kiali: "https://kiali.example.com" };
const DASHBOARDS = { namespace: "llm", stable: "v1", canary: "v2", objectives: OBJECTIVES, links: LINKS };
const SETTINGS: ObservabilitySettings = {
  objectives: OBJECTIVES,
  runbookUrl: undefined,
  links: LINKS,
  receiver: undefined,
};
const RULES = { namespace: "llm", versions: ["v1", "v2"], objectives: OBJECTIVES, runbookUrl: undefined };

/** The rule of that record or alert, and of that severity and window where it has several. */
function rule(name: string, window?: string) {
  return alertRuleGroups(RULES)
    .flatMap(({ rules = [] }) => rules)
    .find(({ alert, record, labels }) => (alert ?? record) === name && labels?.["window"] === window);
}

describe("pure: the pod monitor", () => {
  it("reads the service and the engine of each version's pods, and labels each series with the pod's version once", () => {
    const endpoint = (path: string) => ({
      port: "metrics",
      path,
      interval: "15s",
      scrapeTimeout: "10s",
      relabelings: [{ sourceLabels: ["__meta_kubernetes_pod_label_version"], targetLabel: "version" }],
      metricRelabelings: [{ action: "labeldrop", regex: "exported_version" }],
    });
    expect(podMonitorSpec()).toEqual({
      selector: { matchLabels: { app: "vllm-service" } },
      podMetricsEndpoints: [endpoint("/metrics"), endpoint("/engine/metrics")],
    });
  });
});

describe("pure: recording rules", () => {
  it.each([
    [
      "availability",
      'sum by (namespace, version) (rate(vllm_requests_total{status=~"5.."}[5m])) + ' +
        "sum by (namespace, version) (rate(vllm_stream_failures_total[5m]))",
      'sum by (namespace, version) (rate(vllm_requests_total{status!="499"}[5m]))',
    ],
    [
      "time_to_first_token",
      "sum by (namespace, version) (rate(vllm_time_to_first_token_seconds_count[5m])) - " +
        String.raw`sum by (namespace, version) (rate(vllm_time_to_first_token_seconds_bucket{le=~"2\\.5"}[5m]))`,
      "sum by (namespace, version) (rate(vllm_time_to_first_token_seconds_count[5m]))",
    ],
  ])("count what is bad for %s, and all", (name, bad, total) => {
    expect(rule(`namespace_version:vllm_${name}_bad:rate5m`)?.expr).toBe(bad);
    expect(rule(`namespace_version:vllm_${name}_total:rate5m`)?.expr).toBe(total);
  });

  it("find a bound that is a whole number however Prometheus writes it", () => {
    const objectives = { ...OBJECTIVES, tokenLatency: { seconds: 1, percent: 95 } };
    const exprs = alertRuleGroups({ ...RULES, objectives }).flatMap(({ rules = [] }) => rules.map(({ expr }) => expr));
    expect(exprs.some((expr) => String(expr).includes(String.raw`{le=~"1(\\.0)?"}`))).toBe(true);
  });

  it("tell the weight of each version", () => {
    expect(weightRuleGroups("llm", { v1: 90, v2: 10 })).toEqual([
      {
        name: "vllm-weights",
        rules: [
          {
            record: "namespace_version:vllm_weight:percent",
            expr: "vector(90)",
            labels: { namespace: "llm", version: "v1" },
          },
          {
            record: "namespace_version:vllm_weight:percent",
            expr: "vector(10)",
            labels: { namespace: "llm", version: "v2" },
          },
        ],
      },
    ]);
  });
});

describe("pure: alerts", () => {
  it.each([
    ["1h", "5m", 14.4, "critical", 3600],
    ["6h", "30m", 6, "critical", 21_600],
    ["1d", "2h", 3, "warning", 86_400],
    ["3d", "6h", 1, "warning", 259_200],
  ])("burn over %s and %s, %f times too fast, is %s", (long, short, factor, severity, seconds) => {
    const of = (kind: string, window: string): string =>
      `namespace_version:vllm_availability_${kind}:rate${window}{namespace="llm"}`;
    const share = (window: string): string => `(${of("bad", window)} / ${of("total", window)} > ${factor} * 0.005)`;
    expect(rule("VllmAvailabilityBudgetBurn", long)).toEqual({
      alert: "VllmAvailabilityBudgetBurn",
      expr: `${share(long)} and ${share(short)} and (${of("bad", long)} * ${seconds} >= 10)`,
      labels: { severity, window: long },
      annotations: {
        summary: `{{ $value | humanizePercentage }} of its requests fail: version {{ $labels.version }}, last ${long}`,
        description: `That uses up the error budget of 30 days (0.5 %) ${factor} times too fast.`,
        runbook_url: "docs/runbooks/VllmAvailabilityBudgetBurn.md",
      },
    });
  });

  it("name the published runbook where there is one", () => {
    const [group] = alertRuleGroups({ ...RULES, runbookUrl: "https://git.example.com/runbooks/" });
    const alert = group?.rules?.find(({ alert }) => alert !== undefined);
    expect(alert?.annotations?.["runbook_url"]).toBe("https://git.example.com/runbooks/VllmAvailabilityBudgetBurn.md");
  });
});

describe("pure: the receiver of alerts", () => {
  const KEY = { name: "secret", key: "receiver" };

  it.each([
    ["webhook", "webhookConfigs", { urlSecret: KEY, sendResolved: true }],
    ["slack", "slackConfigs", { apiURL: KEY, sendResolved: true }],
    ["pagerduty", "pagerdutyConfigs", { routingKey: KEY, sendResolved: true }],
  ] as const)("is told by %s, of what wakes somebody every hour", (receiver, field, config) => {
    const { receivers = [], route } = alertmanagerConfigSpec(receiver, "secret");
    expect(receivers).toMatchObject([{ name: "vllm", [field]: [config] }]);
    expect(Object.keys(receivers[0] ?? {})).toEqual(["name", field]);
    expect(route).toMatchObject({ receiver: "vllm", groupBy: ["alertname", "version"], repeatInterval: "1d" });
    expect(route?.routes).toEqual([
      {
        receiver: "vllm",
        matchers: [{ name: "severity", value: "critical", matchType: "=" }],
        repeatInterval: "1h",
      },
    ]);
  });
});

describe("pure: the dashboards", () => {
  it.each([
    [sreDashboard, "vLLM-SRE", ["datasource", "namespace", "model", "version"]],
    [releaseDashboard, "vLLM-Release", ["datasource", "namespace"]],
  ])("have rows, links, release annotations and variables", (make, title, variables) => {
    const dashboard = make(DASHBOARDS);
    expect(dashboard.title).toBe(title);
    expect(dashboard.templating.list?.map(({ name }) => name)).toEqual(variables);
    expect(dashboard.annotations.list?.map(({ name }) => name)).toEqual(["Weight changes", "Release decisions"]);
    expect(dashboard.links?.map(({ title, url }) => [title, url])).toEqual([
      ["vLLM dashboards", undefined],
      ["Logs", "https://logs.example.com"],
      ["Kiali", "https://kiali.example.com"],
    ]);
  });

  it.each([sreDashboard, releaseDashboard])(
    "place every panel beside the others, under a number of its own",
    (make) => {
      const panels = make(DASHBOARDS).panels ?? [];
      const ids = panels.map(({ id }) => id);
      expect(new Set(ids).size).toBe(panels.length);
      const cells = panels.flatMap(({ gridPos }) => {
        const { x = 0, y = 0, w = 0, h = 0 } = gridPos ?? {};
        expect(x + w).toBeLessThanOrEqual(24);
        return Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`);
      });
      expect(new Set(cells).size).toBe(cells.length);
    },
  );
});

describe("mocks: what is watched", () => {
  const ARGS = { namespace: "llm", stable: "v1", canary: "v2", canaryWeight: 20 };
  let engine: Recorder;
  beforeAll(async () => {
    engine = await mockEngine();
    new Observability("watch", {
      ...ARGS,
      settings: { ...SETTINGS, receiver: "webhook" },
      receiverSecret: "https://hooks.example.com",
    });
    await registered();
  });

  it("is a monitor, two rules, the dashboards, and the way to the receiver", () => {
    expect(engine.types()).toEqual({
      watch: "vllm-istio-canary:index:Observability",
      "watch-pod-monitor": "kubernetes:monitoring.coreos.com/v1:PodMonitor",
      "watch-rules": "kubernetes:monitoring.coreos.com/v1:PrometheusRule",
      "watch-weights": "kubernetes:monitoring.coreos.com/v1:PrometheusRule",
      "watch-dashboards": "kubernetes:core/v1:ConfigMap",
      "watch-receiver": "kubernetes:core/v1:Secret",
      "watch-alertmanager-config": "kubernetes:monitoring.coreos.com/v1alpha1:AlertmanagerConfig",
    });
  });

  it("has the weights of both versions", () => {
    expect(engine.named("watch-weights").inputs).toMatchObject({
      metadata: { name: "vllm-service-weights", namespace: "llm" },
      spec: { groups: weightRuleGroups("llm", { v1: 80, v2: 20 }) },
    });
  });

  it("shows both dashboards in a folder of Grafana", () => {
    const { metadata, data } = engine.named("watch-dashboards").inputs as {
      metadata: object;
      data: Record<string, string>;
    };
    expect(metadata).toEqual({
      namespace: "llm",
      labels: { grafana_dashboard: "1" },
      annotations: { grafana_folder: "vLLM" },
    });
    const titles = Object.values(data).map((json) => (JSON.parse(json) as { title: string }).title);
    expect(titles.sort()).toEqual(["vLLM-Release", "vLLM-SRE"]);
    expect(JSON.parse(data["vllm-sre.json"] ?? "")).toEqual(
      JSON.parse(JSON.stringify(sreDashboard({ ...DASHBOARDS, namespace: "llm" }))),
    );
  });

  it("tells nobody unless it is told whom", async () => {
    const silent = await mockEngine();
    new Observability("watch", { ...ARGS, settings: SETTINGS, receiverSecret: undefined });
    await registered();
    expect(Object.keys(silent.types())).toEqual([
      "watch",
      "watch-dashboards",
      "watch-pod-monitor",
      "watch-rules",
      "watch-weights",
    ]);
  });
});
