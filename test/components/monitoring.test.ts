import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { Monitoring, type MonitoringArgs } from "../../components/monitoring.ts";
import { adapterValues, stackValues } from "../../components/monitoring-values.ts";
import { mockEngine, registered, valueOf } from "../mocks.ts";

const ARGS: MonitoringArgs = {
  monitoring: {
    namespace: "observability",
    chartVersion: "88.5.3",
    chartRepository: "https://charts.example.com",
    retentionDays: 7,
    storage: undefined,
  },
  grafanaAdminPassword: "correct-horse-battery",
  highAvailability: false,
  waitingRequestsMetric: false,
};
const TYPES = {
  monitoring: "vllm-istio-canary:index:Monitoring",
  "monitoring-namespace": "kubernetes:core/v1:Namespace",
  "monitoring-grafana-admin": "kubernetes:core/v1:Secret",
  "monitoring-dashboard-reader": "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",
  "monitoring-stack": "kubernetes:helm.sh/v3:Release",
};
const RELEASE = {
  namespace: "observability",
  repositoryOpts: { repo: "https://charts.example.com" },
  atomic: true,
  cleanupOnFail: true,
  compat: "true",
  maxHistory: 5,
  timeout: 600,
};
/** The SDK wraps a secret input in an envelope with this mark. */
const SECRET_MARK = "4dabf18193072939515e22adb298388d";
const NAMES = { adminSecret: "monitoring-grafana-admin", dashboardReader: "monitoring-dashboard-reader" };

function settings(others: Partial<MonitoringArgs["monitoring"]>): Partial<MonitoringArgs> {
  return { monitoring: { ...ARGS.monitoring, ...others } };
}

describe("mocks: Monitoring", () => {
  it("installs the stack, awaited and rolled back on failure, in a namespace of its own", async () => {
    const engine = await mockEngine();
    const monitoring = new Monitoring("monitoring", ARGS);
    expect(await valueOf(monitoring.namespace)).toBe("observability");
    expect(await valueOf(monitoring.release.urn)).toMatch(/::monitoring-stack$/);
    await registered();
    expect(engine.types()).toEqual(TYPES);
    expect(Object.values(engine.parents())).toEqual(Array<string>(4).fill(TYPES.monitoring));
    expect(engine.named("monitoring-namespace").inputs.metadata).toEqual({
      name: "observability",
      labels: {
        "pod-security.kubernetes.io/enforce": "baseline",
        "pod-security.kubernetes.io/warn": "restricted",
        "pod-security.kubernetes.io/audit": "restricted",
      },
    });
    expect(engine.named("monitoring-dashboard-reader").inputs.rules).toEqual([
      { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "watch"] },
    ]);
    expect(engine.named("monitoring-stack").inputs).toEqual({
      ...RELEASE,
      name: "kube-prometheus-stack",
      chart: "kube-prometheus-stack",
      version: "88.5.3",
      values: stackValues({ retentionDays: 7, storage: undefined, highAvailability: false, ...NAMES }),
    });
  });

  it("passes on what production asks for, and installs the metrics adapter where it is wanted", async () => {
    const engine = await mockEngine();
    const storage = { size: "50Gi", storageClass: undefined };
    new Monitoring("monitoring", {
      ...ARGS,
      monitoring: { ...ARGS.monitoring, chartVersion: "88.6.0", retentionDays: 30, storage },
      highAvailability: true,
      waitingRequestsMetric: true,
    });
    await registered();
    expect(engine.types()).toEqual({ ...TYPES, "monitoring-adapter": "kubernetes:helm.sh/v3:Release" });
    expect(engine.named("monitoring-stack").inputs).toMatchObject({
      version: "88.6.0",
      values: stackValues({ retentionDays: 30, storage, highAvailability: true, ...NAMES }),
    });
    expect(engine.named("monitoring-adapter").inputs).toEqual({
      ...RELEASE,
      name: "prometheus-adapter",
      chart: "prometheus-adapter",
      version: "5.3.0",
      values: adapterValues({ namespace: "observability", highAvailability: true }),
    });
  });

  it.each([
    ["plain", "correct-horse-battery"],
    ["secret", pulumi.secret("correct-horse-battery")],
  ])("hides a %s password, and has it in the Secret alone", async (_, grafanaAdminPassword) => {
    const engine = await mockEngine();
    new Monitoring("monitoring", { ...ARGS, grafanaAdminPassword, waitingRequestsMetric: true });
    await registered();
    expect(engine.named("monitoring-grafana-admin").inputs).toEqual({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { namespace: "observability" },
      immutable: true,
      stringData: {
        [SECRET_MARK]: "1b47061264138c4ac30d75fd1eb44270",
        value: { "admin-user": "admin", "admin-password": "correct-horse-battery" },
      },
    });
    const others = engine.all.filter(({ name }) => name !== "monitoring-grafana-admin");
    expect(others).toHaveLength(5);
    expect(JSON.stringify(others)).not.toContain("correct-horse-battery");
  });

  it.each([
    [{ grafanaAdminPassword: undefined }, "grafanaAdminPassword is not set; expected a password"],
    [settings({ retentionDays: 0 }), "retentionDays is 0; expected an integer of at least 1"],
    [settings({ retentionDays: 1.5 }), "retentionDays is 1.5; expected an integer of at least 1"],
    [
      settings({ storage: { size: "50", storageClass: undefined } }),
      "storage.size is 50; expected a Kubernetes quantity of at least 2Mi, such as 50Gi",
    ],
  ])("refuses %j before it makes anything", async (wrong, message) => {
    const engine = await mockEngine();
    const create = () => new Monitoring("monitoring", { ...ARGS, ...wrong });
    expect(create).toThrow(pulumi.ResourceError);
    expect(create).toThrow(message);
    await registered();
    expect(new Set(Object.values(engine.types()))).toEqual(new Set([TYPES.monitoring]));
  });
});
