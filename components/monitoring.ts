import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  ADMIN_PASSWORD_KEY,
  ADAPTER_RELEASE,
  ADMIN_USER_KEY,
  adapterValues,
  type MonitoringStorage,
  retentionSize,
  STACK_RELEASE,
  stackValues,
} from "./monitoring-values.ts";
import type { Labels } from "./service-identity.ts";

/** Prometheus, Alertmanager and Grafana, as a stack describes them. */
export interface MonitoringSettings {
  /** Whether they are installed; else those that run in `namespace` are used. Default true. */
  readonly install: boolean;
  /** Namespace in which Prometheus runs: the one that is made for it, or that of an existing one. Default "monitoring". */
  readonly namespace: string;
  /** Release of the chart kube-prometheus-stack. Default "88.5.3". */
  readonly chartVersion: string;
  /** http or https address of the Helm repository of the charts. Default: the one of the Prometheus community. */
  readonly chartRepository: string;
  /**
   * Whether a Prometheus Operator watches the versions' namespace, which then gets a PodMonitor, rules and dashboards; else
   * pods are found by their annotations. Default: as `install`.
   */
  readonly operator: boolean | undefined;
  /** How many days Prometheus keeps its series. Integer of at least 1. Default 7. */
  readonly retentionDays: number;
  /** Volume of each Prometheus pod. Default: none, series are lost with the pod. */
  readonly storage: MonitoringStorage | undefined;
}

/** Options of {@link Monitoring}. */
export interface MonitoringArgs {
  /** What is installed, and where. */
  readonly monitoring: Omit<MonitoringSettings, "install" | "operator">;
  /** Password of Grafana's user `admin`. Required: undefined is refused. */
  readonly grafanaAdminPassword: pulumi.Input<string> | undefined;
  /** Whether Prometheus, Alertmanager and the metrics adapter survive the loss of a node. */
  readonly highAvailability: boolean;
  /** Whether autoscalers can read `vllm_requests_queued` of each pod, as a custom metric. */
  readonly waitingRequestsMetric: boolean;
}

/** One chart of the repository. */
interface Chart {
  /** Name of the chart and of its Helm release. */
  readonly name: string;
  /** Release of the chart. */
  readonly version: string;
  /** Chart values. */
  readonly values: Record<string, unknown>;
}

/** Labels of the namespace: nothing in it needs the node, and what breaks `restricted` is warned of and audited. */
export const MONITORING_NAMESPACE_LABELS: Readonly<Labels> = Object.freeze({
  "pod-security.kubernetes.io/enforce": "baseline",
  "pod-security.kubernetes.io/warn": "restricted",
  "pod-security.kubernetes.io/audit": "restricted",
});

const ADAPTER_VERSION = "5.3.0";
const INSTALL_TIMEOUT_SECONDS = 600;
const RELEASE_HISTORY = 5;

/**
 * Prometheus with its operator, Alertmanager and Grafana in a namespace of their own, and a metrics adapter where it is
 * wanted, as Helm releases that are awaited and rolled back when they fail. The volumes go with the namespace.
 */
export class Monitoring extends pulumi.ComponentResource {
  /** Name of the namespace. */
  public readonly namespace: pulumi.Output<string>;

  /** The awaited stack. PodMonitors, rules and the like must depend on it, because it brings their definitions. */
  public readonly release: pulumi.Resource;

  /**
   * @throws {pulumi.ResourceError} when `grafanaAdminPassword` is undefined, `retentionDays` is not an integer of at
   * least 1, or `storage.size` is not a quantity of at least 2 MiB.
   */
  public constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vllm-istio-canary:index:Monitoring", name, {}, opts);
    const { monitoring, grafanaAdminPassword, highAvailability } = args;
    if (grafanaAdminPassword === undefined) {
      this.refuse("grafanaAdminPassword is not set; expected a password, without which the chart would make one up");
    }
    this.checkRetention(monitoring);
    this.namespace = new k8s.core.v1.Namespace(
      `${name}-namespace`,
      { metadata: { name: monitoring.namespace, labels: MONITORING_NAMESPACE_LABELS } },
      { parent: this },
    ).metadata.name;
    const values = stackValues({
      ...monitoring,
      highAvailability,
      adminSecret: this.addAdminSecret(`${name}-grafana-admin`, grafanaAdminPassword),
      dashboardReader: this.addDashboardReader(`${name}-dashboard-reader`),
    });
    const { chartVersion, chartRepository } = monitoring;
    this.release = this.install(`${name}-stack`, chartRepository, {
      name: STACK_RELEASE,
      version: chartVersion,
      values,
    });
    if (args.waitingRequestsMetric) {
      const chart: Chart = {
        name: ADAPTER_RELEASE,
        version: ADAPTER_VERSION,
        values: adapterValues({ namespace: monitoring.namespace, highAvailability }),
      };
      this.install(`${name}-adapter`, chartRepository, chart, [this.release]);
    }
    this.registerOutputs({ namespace: this.namespace });
  }

  private checkRetention({ retentionDays, storage }: MonitoringArgs["monitoring"]): void {
    if (!Number.isInteger(retentionDays) || retentionDays < 1) {
      this.refuse(`retentionDays is ${retentionDays}; expected an integer of at least 1`);
    }
    if (storage !== undefined && retentionSize(storage.size) === undefined) {
      this.refuse(`storage.size is ${storage.size}; expected a Kubernetes quantity of at least 2Mi, such as 50Gi`);
    }
  }

  private refuse(fault: string): never {
    throw new pulumi.ResourceError(fault, this, true);
  }

  private addAdminSecret(name: string, password: pulumi.Input<string>): pulumi.Output<string> {
    // Another password makes another Secret, whose name restarts Grafana with it.
    const stringData = { [ADMIN_USER_KEY]: "admin", [ADMIN_PASSWORD_KEY]: password };
    const contents = { metadata: { namespace: this.namespace }, immutable: true, stringData };
    return new k8s.core.v1.Secret(name, contents, { parent: this }).metadata.name;
  }

  private addDashboardReader(name: string): pulumi.Output<string> {
    const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "watch"] }];
    return new k8s.rbac.v1.ClusterRole(name, { rules }, { parent: this }).metadata.name;
  }

  private install(
    resource: string,
    repo: string,
    chart: Chart,
    dependsOn: pulumi.Resource[] = [],
  ): k8s.helm.v3.Release {
    const { name, version, values } = chart;
    const args: k8s.helm.v3.ReleaseArgs = {
      name,
      chart: name,
      namespace: this.namespace,
      version,
      repositoryOpts: { repo },
      values,
      atomic: true,
      cleanupOnFail: true,
      maxHistory: RELEASE_HISTORY,
      timeout: INSTALL_TIMEOUT_SECONDS,
    };
    return new k8s.helm.v3.Release(resource, args, { parent: this, dependsOn });
  }
}
