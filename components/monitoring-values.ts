import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { annotatedPods } from "./monitoring-scraping.ts";
import type { Labels } from "./service-identity.ts";

/** Volume of each Prometheus pod. */
export interface MonitoringStorage {
  /** Its size, a Kubernetes quantity with its unit, `Ki` to `Ti` or `k` to `T`. */
  readonly size: string;
  /** Its storage class. Default: the cluster's own default. */
  readonly storageClass: string | undefined;
}

/** What the monitoring stack's chart is told. */
export interface StackArgs {
  /** How many days Prometheus keeps its series. */
  readonly retentionDays: number;
  /** Volume of each Prometheus pod. undefined: series are lost with the pod. */
  readonly storage: MonitoringStorage | undefined;
  /** Whether Prometheus and Alertmanager survive the loss of a node. */
  readonly highAvailability: boolean;
  /** Name of the Secret that holds Grafana's administrator under {@link ADMIN_USER_KEY} and {@link ADMIN_PASSWORD_KEY}. */
  readonly adminSecret: pulumi.Input<string>;
  /** Name of the ClusterRole by which Grafana finds dashboards. */
  readonly dashboardReader: pulumi.Input<string>;
}

/** What the metrics adapter's chart is told. */
export interface AdapterArgs {
  /** Namespace of the stack. */
  readonly namespace: string;
  /** Whether the adapter survives the loss of a node. */
  readonly highAvailability: boolean;
}

/** Labels of a ConfigMap, in any namespace, whose entries Grafana shows as dashboards. */
export const DASHBOARD_LABELS: Readonly<Labels> = Object.freeze({ grafana_dashboard: "1" });

/** Annotation of such a ConfigMap that names the folder of its dashboards. */
export const DASHBOARD_FOLDER_ANNOTATION = "grafana_folder";

/** Key of the administrator's name in the Secret of Grafana. */
export const ADMIN_USER_KEY = "admin-user";

/** Key of the administrator's password in the Secret of Grafana. */
export const ADMIN_PASSWORD_KEY = "admin-password";

/** Name of the stack's chart and Helm release, from which the names of its objects derive. */
export const STACK_RELEASE = "kube-prometheus-stack";

/** Name of the metrics adapter's chart and Helm release. */
export const ADAPTER_RELEASE = "prometheus-adapter";

const PROMETHEUS_SERVICE = `${STACK_RELEASE}-prometheus`;
const PROMETHEUS_PORT = 9090;
// The chart itself asks for the latest.
const BUSYBOX_VERSION = "1.37.0";
// Prometheus asks for a fifth of the volume for its write-ahead log and for blocks in the making.
const SERIES_SHARE = 0.8;
const ALERTMANAGER_STORAGE = "1Gi";
const WAITING_REQUESTS = "vllm_requests_queued";
const DISABLED = { enabled: false };

/**
 * Values of the `kube-prometheus-stack` chart. Node exporter is off: it needs the nodes' network and root file system,
 * which hardened clusters refuse, and the kubelet measures every pod anyway. So are the monitors of the control plane,
 * which managed clusters hide; their alerts would never end.
 */
export function stackValues(args: StackArgs): Record<string, unknown> {
  return {
    crds: { upgradeJob: upgradeJob() },
    nodeExporter: DISABLED,
    kubeControllerManager: DISABLED,
    kubeEtcd: DISABLED,
    kubeProxy: DISABLED,
    kubeScheduler: DISABLED,
    defaultRules: { rules: { nodeExporterAlerting: false, nodeExporterRecording: false, network: false } },
    prometheusOperator: {
      resources: resources("50m", "128Mi", "512Mi"),
      prometheusConfigReloader: { resources: resources("10m", "32Mi", "128Mi") },
      admissionWebhooks: { patch: { resources: resources("10m", "32Mi", "128Mi") } },
    },
    prometheus: prometheusValues(args),
    alertmanager: alertmanagerValues(args),
    grafana: grafanaValues(args),
    "kube-state-metrics": { resources: resources("10m", "64Mi", "256Mi") },
  };
}

/** Values of the `prometheus-adapter` chart: each pod's waiting requests as a custom metric, and no other metric. */
export function adapterValues({ namespace, highAvailability }: AdapterArgs): Record<string, unknown> {
  return {
    prometheus: { url: `http://${PROMETHEUS_SERVICE}.${namespace}.svc`, port: PROMETHEUS_PORT },
    replicas: highAvailability ? 2 : 1,
    ...(highAvailability && {
      podDisruptionBudget: { enabled: true, maxUnavailable: 1 },
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: "kubernetes.io/hostname",
          whenUnsatisfiable: "ScheduleAnyway",
          labelSelector: { matchLabels: { "app.kubernetes.io/name": ADAPTER_RELEASE } },
        },
      ],
    }),
    resources: resources("20m", "64Mi", "256Mi"),
    rules: {
      default: false,
      custom: [
        {
          seriesQuery: `${WAITING_REQUESTS}{namespace!="",pod!=""}`,
          resources: { overrides: { namespace: { resource: "namespace" }, pod: { resource: "pod" } } },
          name: { matches: `^${WAITING_REQUESTS}$`, as: WAITING_REQUESTS },
          // A pod has one such series a job: the sum would count it twice where two jobs scrape the pod.
          metricsQuery: "max(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)",
        },
      ],
    },
  };
}

/**
 * Size of its series at which Prometheus drops the oldest ones, for a volume of `size`: four fifths of it. undefined when
 * `size` is not a quantity with a unit, or too small for any.
 */
export function retentionSize(size: string): string | undefined {
  const [, number, prefix = "", binary] = /^(\d+(?:\.\d+)?)([kKMGT])(i?)$/.exec(size) ?? [];
  const bytes = Number(number) * (binary === "" ? 1000 : 1024) ** ("KMGT".indexOf(prefix.toUpperCase()) + 1);
  // Prometheus reads every unit as a binary one.
  const mebibytes = Math.floor((bytes * SERIES_SHARE) / 2 ** 20);
  return mebibytes >= 1 ? `${mebibytes}MiB` : undefined;
}

/** Helm never updates the definitions in a chart; this job does, before each upgrade. */
function upgradeJob(): Record<string, unknown> {
  return {
    enabled: true,
    forceConflicts: true,
    image: { busybox: { tag: BUSYBOX_VERSION } },
    resources: resources("10m", "64Mi", "256Mi"),
  };
}

function prometheusValues(args: StackArgs): Record<string, unknown> {
  const { retentionDays, storage, highAvailability } = args;
  return {
    ...(highAvailability && { podDisruptionBudget: { enabled: true, minAvailable: 1 } }),
    prometheusSpec: {
      replicas: highAvailability ? 2 : 1,
      // Two on one node would be lost together.
      ...(highAvailability && { podAntiAffinity: "hard" }),
      resources: highAvailability ? resources("500m", "2Gi", "6Gi") : resources("100m", "512Mi", "2Gi"),
      retention: `${retentionDays}d`,
      ...(storage !== undefined && {
        retentionSize: retentionSize(storage.size),
        storageSpec: { volumeClaimTemplate: { spec: claimSpec(storage.size, storage.storageClass) } },
      }),
      ...everyMonitor(),
      additionalScrapeConfigs: [annotatedPods()],
    },
  };
}

/** Makes Prometheus obey the monitors and rules of all namespaces, not only those of its own Helm release. */
function everyMonitor(): Record<string, boolean> {
  return {
    serviceMonitorSelectorNilUsesHelmValues: false,
    podMonitorSelectorNilUsesHelmValues: false,
    ruleSelectorNilUsesHelmValues: false,
    probeSelectorNilUsesHelmValues: false,
    scrapeConfigSelectorNilUsesHelmValues: false,
  };
}

function alertmanagerValues({ storage, highAvailability }: StackArgs): Record<string, unknown> {
  const claim = storage && { spec: claimSpec(ALERTMANAGER_STORAGE, storage.storageClass) };
  return {
    ...(highAvailability && { podDisruptionBudget: { enabled: true, minAvailable: 2 } }),
    alertmanagerSpec: {
      replicas: highAvailability ? 3 : 1,
      // Not "hard": with two nodes the third one would wait for ever.
      ...(highAvailability && { podAntiAffinity: "soft" }),
      resources: resources("10m", "64Mi", "256Mi"),
      ...(claim && { storage: { volumeClaimTemplate: claim } }),
    },
  };
}

/** Grafana keeps nothing: dashboards and sources come as ConfigMaps, and its administrator as a Secret. */
function grafanaValues({ adminSecret, dashboardReader }: StackArgs): Record<string, unknown> {
  const [[label, labelValue] = []] = Object.entries(DASHBOARD_LABELS);
  return {
    admin: { existingSecret: adminSecret, userKey: ADMIN_USER_KEY, passwordKey: ADMIN_PASSWORD_KEY },
    persistence: DISABLED,
    // The chart's own role lets Grafana read every Secret of the cluster.
    rbac: { useExistingClusterRole: dashboardReader },
    resources: resources("50m", "192Mi", "768Mi"),
    sidecar: {
      resources: resources("10m", "96Mi", "256Mi"),
      datasources: { resource: "configmap" },
      dashboards: {
        label,
        labelValue,
        resource: "configmap",
        searchNamespace: "ALL",
        folderAnnotation: DASHBOARD_FOLDER_ANNOTATION,
        provider: { foldersFromFilesStructure: true },
      },
    },
  };
}

function claimSpec(size: string, storageClass: string | undefined): k8s.types.input.core.v1.PersistentVolumeClaimSpec {
  return {
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage: size } },
    ...(storageClass !== undefined && { storageClassName: storageClass }),
  };
}

function resources(cpu: string, memory: string, limit: string): k8s.types.input.core.v1.ResourceRequirements {
  return { requests: { cpu, memory }, limits: { memory: limit } };
}
