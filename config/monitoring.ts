import type { Output } from "@pulumi/pulumi";
import type { MonitoringSettings } from "../components/monitoring.ts";
import type { MonitoringStorage } from "../components/monitoring-values.ts";
import { type Check, faultLine, flag, integer, matching, optional, text, where } from "./checks.ts";
import { object } from "./collections.ts";
import { DNS_LABEL, DNS_SUBDOMAIN, isWebAddress, RELEASE } from "./patterns.ts";
import { bytesIn, storage } from "./quantities.ts";
import { secret } from "./secrets.ts";

/** The settings that say which monitoring there is. */
export interface MonitoringChoices {
  /** Prometheus, Alertmanager and Grafana. Default: they are installed. */
  readonly monitoring: MonitoringSettings;
  /** Secret. Password of Grafana's user `admin`. Required where Grafana is installed. */
  readonly grafanaAdminPassword: Output<string> | undefined;
  /** Namespace that is made for the versions. */
  readonly namespace: string;
}

const RESERVED_NAMESPACE = /^(default$|kube-|istio-)/;
const PASSWORD_CURE = 'pulumi config set --secret grafanaAdminPassword "$(openssl rand -base64 18)"';

const volume = object<MonitoringStorage>({
  size: where(storage("50Gi"), (size) => bytesIn(size) >= 2 ** 30, {
    expected: "at least 1Gi",
    example: "50Gi",
  }),
  storageClass: optional(
    matching(DNS_SUBDOMAIN, {
      expected: "the name of a storage class",
      cure: "pick one of `kubectl get storageclasses`, or remove it for the cluster's default",
    }),
  ),
});

/** Prometheus, Alertmanager and Grafana. */
export const monitoring: Check<MonitoringSettings> = object<MonitoringSettings>({
  install: flag(true),
  namespace: text(
    (value) => value.length <= 63 && DNS_LABEL.test(value),
    { expected: "1 to 63 lower-case letters, digits or -" },
    "monitoring",
  ),
  chartVersion: matching(RELEASE, { expected: "a full release of kube-prometheus-stack such as 88.5.3" }, "88.5.3"),
  chartRepository: text(
    isWebAddress,
    { expected: "an http:// or https:// address" },
    "https://prometheus-community.github.io/helm-charts",
  ),
  operator: optional(flag(true)),
  retentionDays: integer({ min: 1, default: 7, meaning: "days for which metrics are kept" }),
  storage: optional(volume),
});

/** The password of Grafana's administrator. Grafana would expand `$` and `%` in it. */
export const grafanaAdminPassword = secret((value) => /^[!-#&-~]{12,128}$/.test(value), {
  expected: "12 to 128 printable characters without blanks, $ and %",
  cure: PASSWORD_CURE,
});

/** What is at fault between the settings of an installed monitoring: one line each. An existing one has no faults. */
export function monitoringFaults(choices: MonitoringChoices): readonly string[] {
  const { install, namespace } = choices.monitoring;
  if (!install) return [];
  const faults: string[] = [];
  if (choices.grafanaAdminPassword === undefined) {
    const expected = "a password for Grafana's user admin";
    faults.push(faultLine("grafanaAdminPassword", undefined, { expected, cure: PASSWORD_CURE }));
  }
  if (RESERVED_NAMESPACE.test(namespace) || namespace === choices.namespace) {
    const expected = "a namespace of its own to be made, not default, kube-*, istio-* or that of the versions";
    const cure = "pulumi config set --path 'monitoring.namespace' monitoring";
    faults.push(faultLine("monitoring.namespace", namespace, { expected, cure }));
  }
  return faults;
}
