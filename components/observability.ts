import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { alertmanagerConfigSpec, type AlertReceiver, RECEIVER_KEY } from "./alert-receiver.ts";
import { alertRuleGroups, weightRuleGroups } from "./alert-rules.ts";
import { type DashboardLinks, releaseDashboard, sreDashboard } from "./dashboards.ts";
import { DASHBOARD_FOLDER_ANNOTATION, DASHBOARD_LABELS } from "./monitoring-values.ts";
import type { Objectives } from "./objectives.ts";
import { podMonitorSpec } from "./pod-monitor.ts";

/** What is watched of the versions, as a stack describes it. */
export interface ObservabilitySettings {
  /** What counts as good enough, for each version by itself. */
  readonly objectives: Objectives;
  /** Address below which the folder docs/runbooks is published. Default: alerts name the file. */
  readonly runbookUrl: string | undefined;
  /** Where else an operator looks: links of the dashboards. */
  readonly links: DashboardLinks;
  /** Who is told of alerts: an own web service, Slack or PagerDuty. Needs `alertReceiverSecret`. Default: nobody. */
  readonly receiver: AlertReceiver | undefined;
}

/** Options of {@link Observability}. */
export interface ObservabilityArgs {
  /** Namespace of the versions. */
  readonly namespace: pulumi.Input<string>;
  /** Name of the stable version. */
  readonly stable: string;
  /** Name of the canary. */
  readonly canary: string;
  /** Percent of the requests that the canary gets. */
  readonly canaryWeight: number;
  /** What is watched. */
  readonly settings: ObservabilitySettings;
  /** Address of the webhook or of Slack's, or PagerDuty's integration key. Required with a receiver. */
  readonly receiverSecret: pulumi.Input<string> | undefined;
}

const NAME = "vllm-service";
const FOLDER = "vLLM";
const OPERATOR_API = "monitoring.coreos.com/v1";

/**
 * What Prometheus, Alertmanager and Grafana are told of the versions: which pods to read, what to record, when to alert
 * whom, and the dashboards `vLLM-SRE` and `vLLM-Release`. Needs a Prometheus Operator that watches the namespace.
 */
export class Observability extends pulumi.ComponentResource {
  /** Makes the monitor, the rules, the dashboards and the way to the receiver. */
  public constructor(name: string, args: ObservabilityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vllm-istio-canary:index:Observability", name, {}, opts);
    const { stable, canary, canaryWeight, settings } = args;
    const namespace = pulumi.output(args.namespace);
    this.add(`${name}-pod-monitor`, "PodMonitor", namespace, NAME, podMonitorSpec());
    const rules = namespace.apply((space) => ({
      groups: alertRuleGroups({ ...settings, namespace: space, versions: [stable, canary] }),
    }));
    this.add(`${name}-rules`, "PrometheusRule", namespace, NAME, rules);
    const weights = { [stable]: 100 - canaryWeight, [canary]: canaryWeight };
    const weightRules = namespace.apply((space) => ({ groups: weightRuleGroups(space, weights) }));
    this.add(`${name}-weights`, "PrometheusRule", namespace, `${NAME}-weights`, weightRules);
    this.addDashboards(name, namespace, args);
    if (settings.receiver !== undefined && args.receiverSecret !== undefined) {
      this.addReceiver(name, namespace, settings.receiver, args.receiverSecret);
    }
    this.registerOutputs({});
  }

  private addDashboards(name: string, namespace: pulumi.Output<string>, args: ObservabilityArgs): void {
    const { stable, canary, settings } = args;
    const data = namespace.apply((space) => {
      const of = { ...settings, namespace: space, stable, canary };
      return {
        "vllm-sre.json": JSON.stringify(sreDashboard(of)),
        "vllm-release.json": JSON.stringify(releaseDashboard(of)),
      };
    });
    const annotations = { [DASHBOARD_FOLDER_ANNOTATION]: FOLDER };
    const metadata = { namespace, labels: DASHBOARD_LABELS, annotations };
    new k8s.core.v1.ConfigMap(`${name}-dashboards`, { metadata, data }, { parent: this });
  }

  private addReceiver(
    name: string,
    namespace: pulumi.Output<string>,
    receiver: AlertReceiver,
    value: pulumi.Input<string>,
  ): void {
    const contents = { metadata: { namespace }, immutable: true, stringData: { [RECEIVER_KEY]: value } };
    const secret = new k8s.core.v1.Secret(`${name}-receiver`, contents, { parent: this }).metadata.name;
    const spec = secret.apply((found) => alertmanagerConfigSpec(receiver, found));
    const metadata = { name: NAME, namespace };
    new k8s.apiextensions.CustomResource(
      `${name}-alertmanager-config`,
      { apiVersion: "monitoring.coreos.com/v1alpha1", kind: "AlertmanagerConfig", metadata, spec },
      { parent: this },
    );
  }

  private add(
    resource: string,
    kind: string,
    namespace: pulumi.Output<string>,
    name: string,
    spec: pulumi.Input<object>,
  ): void {
    const metadata = { name, namespace };
    new k8s.apiextensions.CustomResource(
      resource,
      { apiVersion: OPERATOR_API, kind, metadata, spec },
      { parent: this },
    );
  }
}
