import type { Output } from "@pulumi/pulumi";
import type { MonitoringSettings } from "../components/monitoring.ts";
import type { DashboardLinks } from "../components/dashboards.ts";
import type { ObservabilitySettings } from "../components/observability.ts";
import type { LatencyObjective, Objectives } from "../components/objectives.ts";
import { type Check, faultLine, isUnset, oneOf, optional, text } from "./checks.ts";
import { object } from "./collections.ts";
import { isWebAddress } from "./patterns.ts";
import { secret } from "./secrets.ts";

/** The settings that say what is watched, and who is told. */
export interface ObservabilityChoices {
  /** Which monitoring there is. */
  readonly monitoring: MonitoringSettings;
  /** What is watched of the versions. */
  readonly observability: ObservabilitySettings;
  /** Secret. Where alerts go. */
  readonly alertReceiverSecret: Output<string> | undefined;
}

// Below 94 % the fastest burn that is watched for, 14.4 times the budget, would be more than everything.
const LEAST_PERCENT = 94;
// The bounds of the histograms in app/metric-catalogue.ts: of what lies between two bounds nothing is known.
const FIRST_TOKEN_BOUNDS = [
  ...[0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3],
  ...[0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80],
];
const TOKEN_BOUNDS = [
  ...[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15],
  ...[0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5],
];
const RECEIVER_CURE = "pulumi config set --secret alertReceiverSecret";

const address = optional(text(isWebAddress, { expected: "an http:// or https:// address" }));

/** Accepts decimal numbers for which `isLegal` holds, as numbers or text. */
function decimal(isLegal: (value: number) => boolean, fallback: number, expected: string): Check<number> {
  return (value, path, faults) => {
    if (isUnset(value)) return fallback;
    const digits = typeof value === "string" && /^\d+(\.\d+)?$/.test(value);
    const number = digits || typeof value === "number" ? Number(value) : NaN;
    if (isLegal(number)) return number;
    faults.push(faultLine(path, value, { expected, example: String(fallback) }));
    return fallback;
  };
}

const percent = (fallback: number): Check<number> =>
  decimal((value) => value >= LEAST_PERCENT && value < 100, fallback, `a number from ${LEAST_PERCENT} to below 100`);

const latency = (bounds: readonly number[], seconds: number): Check<LatencyObjective> =>
  object<LatencyObjective>({
    seconds: decimal((value) => bounds.includes(value), seconds, `one of ${bounds.join(", ")} (seconds)`),
    percent: percent(95),
  });

const objectives = object<Objectives>({
  availabilityPercent: percent(99.5),
  timeToFirstToken: latency(FIRST_TOKEN_BOUNDS, 2.5),
  tokenLatency: latency(TOKEN_BOUNDS, 0.1),
});

/** What is watched of the versions, and who is told. */
export const observability: Check<ObservabilitySettings> = object<ObservabilitySettings>({
  objectives,
  runbookUrl: address,
  links: object<DashboardLinks>({ logs: address, traces: address, kiali: address }),
  receiver: optional(oneOf(["webhook", "slack", "pagerduty"])),
});

/** Where alerts go: a web address, or PagerDuty's integration key. */
export const alertReceiverSecret = secret((value) => isWebAddress(value) || /^[0-9A-Za-z]{32}$/.test(value), {
  expected: "the http:// or https:// address of a webhook, or the 32 characters of PagerDuty's integration key",
});

/** What is at fault between the settings of what is watched: one line each. */
export function observabilityFaults(choices: ObservabilityChoices): readonly string[] {
  const { monitoring, observability, alertReceiverSecret } = choices;
  const { receiver } = observability;
  const faults: string[] = [];
  if (monitoring.install && monitoring.operator === false) {
    const expected = "no false where monitoring is installed, which brings an operator";
    faults.push(
      faultLine("monitoring.operator", false, { expected, cure: "pulumi config rm --path 'monitoring.operator'" }),
    );
  }
  if (receiver !== undefined && alertReceiverSecret === undefined) {
    const expected = `the address or key of the receiver ${receiver}`;
    faults.push(faultLine("alertReceiverSecret", undefined, { expected, cure: RECEIVER_CURE }));
  }
  if (receiver === undefined && alertReceiverSecret !== undefined) {
    const expected = "webhook, slack or pagerduty beside alertReceiverSecret";
    faults.push(faultLine("observability.receiver", undefined, { expected, example: "webhook" }));
  }
  if (receiver !== undefined && !(monitoring.operator ?? monitoring.install)) {
    const expected = "no receiver without a Prometheus Operator";
    const cure = "pulumi config set --path 'monitoring.operator' true, where there is one";
    faults.push(faultLine("observability.receiver", receiver, { expected, cure }));
  }
  return faults;
}
