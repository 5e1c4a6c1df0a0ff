import type { IPodMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor";
import { serviceLabels } from "./service-identity.ts";

const INTERVAL = "15s";
const TIMEOUT = "10s";

/**
 * The spec of the monitor of all versions' pods: the service's metrics and the engine's, each series with exactly one
 * label `version`, which is the pod's.
 */
export function podMonitorSpec(): IPodMonitor["spec"] {
  const endpoint = (path: string): NonNullable<IPodMonitor["spec"]["podMetricsEndpoints"]>[number] => ({
    port: "metrics",
    path,
    interval: INTERVAL,
    scrapeTimeout: TIMEOUT,
    relabelings: [{ sourceLabels: ["__meta_kubernetes_pod_label_version"], targetLabel: "version" }],
    // The service names its version too; Prometheus keeps the pod's and renames the other one.
    metricRelabelings: [{ action: "labeldrop", regex: "exported_version" }],
  });
  return {
    selector: { matchLabels: serviceLabels() },
    podMetricsEndpoints: [endpoint("/metrics"), endpoint("/engine/metrics")],
  };
}
