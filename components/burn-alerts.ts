import type { IRule } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/Rule";
import type { Indicator } from "./indicators.ts";

/** How fast an error budget of 30 days may burn before someone is told. */
interface Burn {
  /** `critical` wakes somebody, `warning` makes a ticket. */
  readonly severity: "critical" | "warning";
  /** Window over which the budget burns. */
  readonly long: Window;
  /** Window that tells whether it still burns. */
  readonly short: Window;
  /** How many times as fast as would use the budget up in 30 days. */
  readonly factor: number;
}

type Window = keyof typeof WINDOW_SECONDS;

const WINDOW_SECONDS = { "5m": 300, "30m": 1800, "1h": 3600, "2h": 7200, "6h": 21_600, "1d": 86_400, "3d": 259_200 };

/**
 * Windows and factors of Google's Site Reliability Workbook, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts": 2 and 5 %
 * of the budget wake somebody, 10 % make a ticket.
 */
const BURNS: readonly Burn[] = [
  { severity: "critical", long: "1h", short: "5m", factor: 14.4 },
  { severity: "critical", long: "6h", short: "30m", factor: 6 },
  { severity: "warning", long: "1d", short: "2h", factor: 3 },
  { severity: "warning", long: "3d", short: "6h", factor: 1 },
];

/** Fewer bad events than this in the long window are chance, not a trend: nobody is told of them. */
const LEAST_BAD_EVENTS = 10;

const ALERTS: Readonly<Record<Indicator["name"], { readonly alert: string; readonly what: string }>> = {
  availability: { alert: "VllmAvailabilityBudgetBurn", what: "of its requests fail" },
  time_to_first_token: { alert: "VllmTimeToFirstTokenBudgetBurn", what: "of its streams begin too late" },
  token_latency: { alert: "VllmTokenLatencyBudgetBurn", what: "of its tokens come too late" },
};

const recorded = (indicator: Indicator, kind: "bad" | "total", window: string): string =>
  `namespace_version:vllm_${indicator.name}_${kind}:rate${window}`;

/** PromQL of the share of bad events among all, 0 to 1, by namespace and version, from the recorded metrics. */
export const badShare = (indicator: Indicator, window: string): string =>
  `${recorded(indicator, "bad", window)} / ${recorded(indicator, "total", window)}`;

/** Rules that record bad and all events a second of an indicator over every window of its alerts. */
export function indicatorRecords(indicator: Indicator): IRule[] {
  return Object.keys(WINDOW_SECONDS).flatMap((window) => [
    { record: recorded(indicator, "bad", window), expr: indicator.bad(window) },
    { record: recorded(indicator, "total", window), expr: indicator.total(window) },
  ]);
}

/** Alerts that fire when an indicator's error budget burns too fast, over a long window and still over a short one. */
export function burnAlerts(indicator: Indicator, namespace: string, runbook: (alert: string) => string): IRule[] {
  const { alert, what } = ALERTS[indicator.name];
  return BURNS.map(({ severity, long, short, factor }) => {
    const share = (window: string): string => {
      const [bad, total] = (["bad", "total"] as const).map(
        (kind) => `${recorded(indicator, kind, window)}{namespace="${namespace}"}`,
      );
      return `${bad} / ${total} > ${factor} * ${indicator.budget}`;
    };
    const enough = `${recorded(indicator, "bad", long)}{namespace="${namespace}"} * ${WINDOW_SECONDS[long]} >= ${LEAST_BAD_EVENTS}`;
    return {
      alert,
      expr: `(${share(long)}) and (${share(short)}) and (${enough})`,
      labels: { severity, window: long },
      annotations: {
        summary: `{{ $value | humanizePercentage }} ${what}: version {{ $labels.version }}, last ${long}`,
        description: `That uses up the error budget of 30 days (${indicator.budget * 100} %) ${factor} times too fast.`,
        runbook_url: runbook(alert),
      },
    };
  });
}
