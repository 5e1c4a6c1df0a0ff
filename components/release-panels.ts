import { SHARE_METRIC, WEIGHT_METRIC } from "./alert-rules.ts";
import { badShare } from "./burn-alerts.ts";
import type { PanelSpec, RowSpec } from "./dashboard-panels.ts";
import { indicatorsOf } from "./indicators.ts";
import type { Objectives } from "./objectives.ts";

const IN_NAMESPACE = 'namespace="$namespace"';
const TITLES = {
  availability: "Failed requests",
  time_to_first_token: "Streams that began too late",
  token_latency: "Tokens that came too late",
} as const;
const COMPARED = {
  "End-to-end latency": "vllm_request_latency_seconds",
  "Time to first token": "vllm_time_to_first_token_seconds",
  "Token latency": "vllm_token_latency_seconds",
} as const;

const stat = (title: string, description: string, expr: string, unit = "percent"): PanelSpec => ({
  title,
  description,
  unit,
  isStat: true,
  queries: [{ expr, legend: "{{version}}" }],
});

/** The rows of the dashboard of a release: the canary beside the stable version. */
export function releaseRows(stable: string, canary: string, objectives: Objectives): readonly RowSpec[] {
  const state: PanelSpec[] = [
    stat("Weight", "Percent of the requests that each version shall get.", `${WEIGHT_METRIC}{${IN_NAMESPACE}}`),
    stat("Share", "Percent of the requests of 15 minutes that it got.", `${SHARE_METRIC}{${IN_NAMESPACE}}`),
    stat(
      "Alerts",
      "Alerts of each version that are firing.",
      `sum by (version) (ALERTS{${IN_NAMESPACE},alertstate="firing",alertname=~"Vllm.+"})`,
      "short",
    ),
  ];
  const budgets = indicatorsOf(objectives).map((indicator): PanelSpec => {
    const allowed = `${indicator.budget * 100} % may be.`;
    return {
      title: TITLES[indicator.name],
      description: `Share of 5 minutes. ${allowed}`,
      unit: "percentunit",
      queries: [
        {
          expr: `(${badShare(indicator, "5m")}) and on (namespace) ${WEIGHT_METRIC}{${IN_NAMESPACE}}`,
          legend: "{{version}}",
        },
        { expr: `vector(${indicator.budget})`, legend: "objective" },
      ],
    };
  });
  const ratios = Object.entries(COMPARED).map(([title, metric]): PanelSpec => {
    const quantile = (share: number, version: string): string =>
      `histogram_quantile(${share}, sum by (le) (rate(${metric}_bucket{${IN_NAMESPACE},version="${version}"}[$__rate_interval])))`;
    return {
      title: `${title}: ${canary} / ${stable}`,
      description: `How many times as long ${canary} takes. Above 1 it is the slower one.`,
      unit: "none",
      queries: [0.5, 0.95].map((share) => ({
        expr: `${quantile(share, canary)} / ${quantile(share, stable)}`,
        legend: `p${share * 100}`,
      })),
    };
  });
  return [
    { title: "Now", panels: state },
    { title: "Against the objectives", panels: budgets },
    { title: "Against each other", panels: ratios },
  ];
}
