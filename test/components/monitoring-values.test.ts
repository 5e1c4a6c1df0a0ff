import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { annotatedPods } from "../../components/monitoring-scraping.ts";
import {
  adapterValues,
  DASHBOARD_FOLDER_ANNOTATION,
  DASHBOARD_LABELS,
  retentionSize,
  type StackArgs,
  stackValues,
} from "../../components/monitoring-values.ts";

const DEV: StackArgs = {
  retentionDays: 7,
  storage: undefined,
  highAvailability: false,
  adminSecret: "grafana-admin-1",
  dashboardReader: "dashboard-reader-1",
};
const PROD: StackArgs = {
  ...DEV,
  retentionDays: 30,
  storage: { size: "50Gi", storageClass: "fast" },
  highAvailability: true,
};
const MONITORS_OF_ALL = {
  serviceMonitorSelectorNilUsesHelmValues: false,
  podMonitorSelectorNilUsesHelmValues: false,
  ruleSelectorNilUsesHelmValues: false,
  probeSelectorNilUsesHelmValues: false,
  scrapeConfigSelectorNilUsesHelmValues: false,
  additionalScrapeConfigs: [annotatedPods()],
};
const ADAPTER = {
  prometheus: { url: "http://kube-prometheus-stack-prometheus.observability.svc", port: 9090 },
  resources: { requests: { cpu: "20m", memory: "64Mi" }, limits: { memory: "256Mi" } },
  rules: {
    default: false,
    custom: [
      {
        seriesQuery: 'vllm_requests_queued{namespace!="",pod!=""}',
        resources: { overrides: { namespace: { resource: "namespace" }, pod: { resource: "pod" } } },
        name: { matches: "^vllm_requests_queued$", as: "vllm_requests_queued" },
        metricsQuery: "max(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)",
      },
    ],
  },
};

const claimOf = (storage: string, storageClassName?: string) => ({
  volumeClaimTemplate: {
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage } },
      ...(storageClassName !== undefined && { storageClassName }),
    },
  },
});

describe("pure: values of the monitoring stack", () => {
  it("run one of each for development, on no volume", () => {
    expect(stackValues(DEV)).toEqual({
      crds: {
        upgradeJob: {
          enabled: true,
          forceConflicts: true,
          image: { busybox: { tag: "1.37.0" } },
          resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "256Mi" } },
        },
      },
      nodeExporter: { enabled: false },
      kubeControllerManager: { enabled: false },
      kubeEtcd: { enabled: false },
      kubeProxy: { enabled: false },
      kubeScheduler: { enabled: false },
      defaultRules: { rules: { nodeExporterAlerting: false, nodeExporterRecording: false, network: false } },
      prometheusOperator: {
        resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } },
        prometheusConfigReloader: {
          resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "128Mi" } },
        },
        admissionWebhooks: {
          patch: { resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "128Mi" } } },
        },
      },
      prometheus: {
        prometheusSpec: {
          replicas: 1,
          resources: { requests: { cpu: "100m", memory: "512Mi" }, limits: { memory: "2Gi" } },
          retention: "7d",
          ...MONITORS_OF_ALL,
        },
      },
      alertmanager: {
        alertmanagerSpec: {
          replicas: 1,
          resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "256Mi" } },
        },
      },
      grafana: {
        admin: { existingSecret: "grafana-admin-1", userKey: "admin-user", passwordKey: "admin-password" },
        persistence: { enabled: false },
        rbac: { useExistingClusterRole: "dashboard-reader-1" },
        resources: { requests: { cpu: "50m", memory: "192Mi" }, limits: { memory: "768Mi" } },
        sidecar: {
          resources: { requests: { cpu: "10m", memory: "96Mi" }, limits: { memory: "256Mi" } },
          datasources: { resource: "configmap" },
          dashboards: {
            label: "grafana_dashboard",
            labelValue: "1",
            resource: "configmap",
            searchNamespace: "ALL",
            folderAnnotation: "grafana_folder",
            provider: { foldersFromFilesStructure: true },
          },
        },
      },
      "kube-state-metrics": { resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "256Mi" } } },
    });
  });

  it("run several Prometheus and Alertmanagers on volumes for production, and all else alike", () => {
    expect(stackValues(PROD)).toEqual({
      ...stackValues(DEV),
      prometheus: {
        podDisruptionBudget: { enabled: true, minAvailable: 1 },
        prometheusSpec: {
          replicas: 2,
          podAntiAffinity: "hard",
          resources: { requests: { cpu: "500m", memory: "2Gi" }, limits: { memory: "6Gi" } },
          retention: "30d",
          retentionSize: "40960MiB",
          storageSpec: claimOf("50Gi", "fast"),
          ...MONITORS_OF_ALL,
        },
      },
      alertmanager: {
        podDisruptionBudget: { enabled: true, minAvailable: 2 },
        alertmanagerSpec: {
          replicas: 3,
          podAntiAffinity: "soft",
          resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "256Mi" } },
          storage: claimOf("1Gi", "fast"),
        },
      },
    });
  });

  it("leave the storage class to the cluster", () => {
    expect(stackValues({ ...DEV, storage: { size: "1Gi", storageClass: undefined } })).toMatchObject({
      prometheus: { prometheusSpec: { retentionSize: "819MiB", storageSpec: claimOf("1Gi") } },
      alertmanager: { alertmanagerSpec: { storage: claimOf("1Gi") } },
    });
  });

  it("name what a dashboard's ConfigMap carries", () => {
    expect(DASHBOARD_LABELS).toEqual({ grafana_dashboard: "1" });
    expect(DASHBOARD_FOLDER_ANNOTATION).toBe("grafana_folder");
  });
});

describe("pure: values of the metrics adapter", () => {
  it("offer each pod's waiting requests and nothing else", () => {
    expect(adapterValues({ namespace: "observability", highAvailability: false })).toEqual({ ...ADAPTER, replicas: 1 });
  });

  it("run two for production", () => {
    expect(adapterValues({ namespace: "observability", highAvailability: true })).toEqual({
      ...ADAPTER,
      replicas: 2,
      podDisruptionBudget: { enabled: true, maxUnavailable: 1 },
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: "kubernetes.io/hostname",
          whenUnsatisfiable: "ScheduleAnyway",
          labelSelector: { matchLabels: { "app.kubernetes.io/name": "prometheus-adapter" } },
        },
      ],
    });
  });
});

describe("pure: size of the series on a volume", () => {
  it.each([
    ["50Gi", "40960MiB"],
    ["1Gi", "819MiB"],
    ["1.5Ti", "1258291MiB"],
    ["2Mi", "1MiB"],
    ["4096Ki", "3MiB"],
    ["50G", "38146MiB"],
    ["1T", "762939MiB"],
    ["100M", "76MiB"],
    ["10000k", "7MiB"],
  ])("of %s is %s", (size, expected) => {
    expect(retentionSize(size)).toBe(expected);
  });

  it.each(["", "0Gi", "1Mi", "1k", "50", "50GB", "Gi", "-1Gi", "1.Gi", "1e3Gi", " 1Gi", "5Pi"])(
    "of %j there is none",
    (size) => {
      expect(retentionSize(size)).toBeUndefined();
    },
  );

  it("leaves at least a fifth of the volume free, and not much more", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), (gibibytes) => {
        const mebibytes = Number.parseInt(retentionSize(`${gibibytes}Gi`) ?? "", 10);
        expect(mebibytes).toBeLessThanOrEqual(gibibytes * 1024 * 0.8);
        expect(mebibytes).toBeGreaterThan(gibibytes * 1024 * 0.8 - 1);
      }),
    );
  });
});
