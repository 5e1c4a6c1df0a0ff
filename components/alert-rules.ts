import type { IRule } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/Rule";
import type { IRuleGroup } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/RuleGroup";
import { burnAlerts, indicatorRecords } from "./burn-alerts.ts";
import { indicatorsOf } from "./indicators.ts";
import type { Objectives } from "./objectives.ts";

/** What the rules of a stack are made of. */
export interface AlertRulesArgs {
  /** Namespace of the versions, and value of the label `namespace`. */
  readonly namespace: string;
  /** Names of the versions. */
  readonly versions: readonly string[];
  /** What counts as good enough. */
  readonly objectives: Objectives;
  /** Address below which the folder docs/runbooks is found. undefined: alerts name the file. */
  readonly runbookUrl: string | undefined;
}

/** Recorded metric: percent of the requests that each version shall get, by `namespace` and `version`. */
export const WEIGHT_METRIC = "namespace_version:vllm_weight:percent";

/** Recorded metric: percent of the requests of 15 minutes that each version got, by `namespace` and `version`. */
export const SHARE_METRIC = "namespace_version:vllm_share:percent15m";

/** How far share and weight may be apart, in percentage points. */
const LARGEST_DIFFERENCE = 10;

/** Requests of 15 minutes below which the share is left alone: ten points are then five standard errors at any weight. */
const LEAST_REQUESTS = 625;

/** The rules that do not depend on the weight. */
export function alertRuleGroups(args: AlertRulesArgs): IRuleGroup[] {
  const indicators = indicatorsOf(args.objectives);
  const runbook = runbookAt(args.runbookUrl);
  return [
    ...indicators.map((indicator) => ({
      name: `vllm-${indicator.name.replaceAll("_", "-")}`,
      rules: [...indicatorRecords(indicator), ...burnAlerts(indicator, args.namespace, runbook)],
    })),
    { name: "vllm-share", rules: [shareRecord(args.namespace), shareAlert(args.namespace, runbook)] },
    {
      name: "vllm-metrics",
      rules: [
        ...args.versions.map((version) => absenceAlert(args.namespace, version, runbook)),
        logAlert(args.namespace, runbook),
      ],
    },
  ];
}

/** The rules that tell Prometheus the weights of the versions. */
export function weightRuleGroups(namespace: string, weights: Readonly<Record<string, number>>): IRuleGroup[] {
  const rules = Object.entries(weights).map(([version, weight]) => ({
    record: WEIGHT_METRIC,
    expr: `vector(${weight})`,
    labels: { namespace, version },
  }));
  return [{ name: "vllm-weights", rules }];
}

/** Where the runbook of an alert is. */
function runbookAt(runbookUrl: string | undefined): (alert: string) => string {
  const folder = runbookUrl?.replace(/\/$/, "") ?? "docs/runbooks";
  return (alert) => `${folder}/${alert}.md`;
}

function shareRecord(namespace: string): IRule {
  const increase = (by: string): string =>
    `sum by (${by}) (increase(vllm_requests_total{namespace="${namespace}"}[15m]))`;
  return {
    record: SHARE_METRIC,
    expr: `100 * ${increase("namespace, version")} / on (namespace) group_left () ${increase("namespace")}`,
  };
}

function shareAlert(namespace: string, runbook: (alert: string) => string): IRule {
  const alert = "VllmShareOffWeight";
  const of = `{namespace="${namespace}"}`;
  const enough = `sum by (namespace) (increase(vllm_requests_total${of}[15m])) >= ${LEAST_REQUESTS}`;
  return {
    alert,
    expr: `abs(${SHARE_METRIC}${of} - ${WEIGHT_METRIC}${of}) > ${LARGEST_DIFFERENCE} and on (namespace) ${enough}`,
    // A changed weight is in the share of 15 minutes only after these.
    for: "15m",
    labels: { severity: "warning" },
    annotations: {
      summary: `Version {{ $labels.version }} gets {{ $value | printf "%.0f" }} points more or less than its weight`,
      description: "What the stack says of the traffic and what the pods count disagree.",
      runbook_url: runbook(alert),
    },
  };
}

function absenceAlert(namespace: string, version: string, runbook: (alert: string) => string): IRule {
  const alert = "VllmMetricsAbsent";
  return {
    alert,
    expr: `absent(vllm_build_info{namespace="${namespace}",version="${version}"})`,
    for: "5m",
    labels: { severity: "critical", version },
    annotations: {
      summary: `No pod of version ${version} is being measured`,
      description: "Nobody can tell whether its users are served. No other alert of this version can fire.",
      runbook_url: runbook(alert),
    },
  };
}

function logAlert(namespace: string, runbook: (alert: string) => string): IRule {
  const alert = "VllmRequestLogDropped";
  const dropped = `increase(vllm_request_log_lines_dropped_total{namespace="${namespace}"}[1h])`;
  return {
    alert,
    expr: `sum by (namespace, version) (${dropped}) > 0`,
    labels: { severity: "warning" },
    annotations: {
      summary: `Version {{ $labels.version }} dropped {{ $value | printf "%.0f" }} lines of its request log in an hour`,
      description:
        "What reads the pods' standard output is too slow. Samples of prompts are no longer of all requests.",
      runbook_url: runbook(alert),
    },
  };
}
