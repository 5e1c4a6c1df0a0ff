import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import type { Check } from "../config/checks.ts";
import { grafanaAdminPassword, monitoring, monitoringFaults } from "../config/monitoring.ts";
import { mockEngine, valueOf } from "./mocks.ts";

const DEFAULTS = {
  install: true,
  namespace: "monitoring",
  chartVersion: "88.5.3",
  chartRepository: "https://prometheus-community.github.io/helm-charts",
  operator: undefined,
  retentionDays: 7,
  storage: undefined,
};
const PASSWORD = "correct-horse-battery";
const PASSWORD_CURE = 'Fix: pulumi config set --secret grafanaAdminPassword "$(openssl rand -base64 18)"';

function read<T>(check: Check<T>, value: unknown, path = "monitoring"): { value: T; faults: string[] } {
  const faults: string[] = [];
  return { value: check(value, path, faults), faults };
}

beforeAll(async () => {
  await mockEngine();
});

describe("pure: settings of the monitoring", () => {
  it.each([undefined, null, {}, "{}"])("have defaults and no volume when given as %j", (value) => {
    const result = read(monitoring, value);
    expect(result).toEqual({ value: DEFAULTS, faults: [] });
    expect(Object.isFrozen(result.value)).toBe(true);
  });

  it("take their own values", () => {
    const own = {
      install: false,
      namespace: "kube-prometheus",
      chartVersion: "89.0.0-rc.1",
      chartRepository: "http://charts.example.com:8080/prometheus",
      operator: true,
      retentionDays: 30,
      storage: { size: "50Gi", storageClass: "fast.ssd" },
    };
    expect(read(monitoring, own)).toEqual({ value: own, faults: [] });
    const asText = JSON.stringify({ ...own, install: "false", retentionDays: "30" });
    expect(read(monitoring, asText)).toEqual({ value: own, faults: [] });
  });

  it.each(["1Gi", "1024Mi", "2G", "1.5Ti"])("leave the class of a volume of %s to the cluster", (size) => {
    expect(read(monitoring, { storage: { size } })).toEqual({
      value: { ...DEFAULTS, storage: { size, storageClass: undefined } },
      faults: [],
    });
  });

  it.each([
    [
      { install: "no" },
      "monitoring.install is \"no\"; expected true or false. Fix: pulumi config set --path 'monitoring.install' true",
    ],
    [
      { namespace: "Monitoring" },
      'monitoring.namespace is "Monitoring"; expected 1 to 63 lower-case letters, digits or -. ' +
        "Fix: pulumi config set --path 'monitoring.namespace' monitoring",
    ],
    [
      { chartVersion: "88" },
      'monitoring.chartVersion is "88"; expected a full release of kube-prometheus-stack such as 88.5.3. ' +
        "Fix: pulumi config set --path 'monitoring.chartVersion' 88.5.3",
    ],
    [
      { chartRepository: "oci://ghcr.io/x" },
      'monitoring.chartRepository is "oci://ghcr.io/x"; expected an http:// or https:// address. ' +
        `Fix: pulumi config set --path 'monitoring.chartRepository' ${DEFAULTS.chartRepository}`,
    ],
    [
      { retentionDays: 0 },
      "monitoring.retentionDays is 0; expected an integer of at least 1 (days for which metrics are kept). " +
        "Fix: pulumi config set --path 'monitoring.retentionDays' 7",
    ],
    [
      { retentionDays: "7d" },
      'monitoring.retentionDays is "7d"; expected an integer of at least 1 (days for which metrics are kept). ' +
        "Fix: pulumi config set --path 'monitoring.retentionDays' 7",
    ],
    [
      { storage: {} },
      "monitoring.storage.size is not set; expected a Kubernetes storage quantity above 0 with its unit, such as 50Gi. " +
        "Fix: pulumi config set --path 'monitoring.storage.size' 50Gi",
    ],
    [
      { storage: { size: "1023Mi" } },
      'monitoring.storage.size is "1023Mi"; expected at least 1Gi. ' +
        "Fix: pulumi config set --path 'monitoring.storage.size' 50Gi",
    ],
    [
      { storage: { size: "50Gi", storageClass: "Fast" } },
      'monitoring.storage.storageClass is "Fast"; expected the name of a storage class. ' +
        "Fix: pick one of `kubectl get storageclasses`, or remove it for the cluster's default",
    ],
  ])("refuse %j by one line", (value, line) => {
    expect(read(monitoring, value).faults).toEqual([line]);
  });

  it("report several faults, and the setting that was meant", () => {
    const { faults } = read(monitoring, { retentionDay: 3, storage: { size: 5 } });
    expect(faults).toEqual([
      expect.stringMatching(/^monitoring\.retentionDay is 3, but there is no such setting;.*mean retentionDays\?/),
      expect.stringMatching(/^monitoring\.storage\.size is 5; expected a Kubernetes storage quantity/),
    ]);
  });
});

describe("pure: the password of Grafana's administrator", () => {
  const KEY = "vllm-istio-canary:grafanaAdminPassword";
  const readPassword = (value: string, secretKeys: string[]) => {
    pulumi.runtime.setAllConfig({ [KEY]: value }, secretKeys);
    return read(grafanaAdminPassword, value, "grafanaAdminPassword");
  };

  it.each([undefined, ""])("is unset as %j", (value) => {
    expect(read(grafanaAdminPassword, value)).toEqual({ value: undefined, faults: [] });
  });

  it.each([PASSWORD, "x".repeat(12), "x".repeat(128), "q+/Zp0yTa8h3mN==", "!\"#&'()*+,-./:;<=>?@[\\]^_`{|}~"])(
    "stays secret: %s",
    async (password) => {
      const { value, faults } = readPassword(password, [KEY]);
      expect(faults).toEqual([]);
      expect(value && (await pulumi.isSecret(value))).toBe(true);
      expect(value && (await valueOf(value))).toBe(password);
    },
  );

  it.each(["x".repeat(11), "x".repeat(129), "has blanks in it", "dollar${HOME}x", "percent%(x)sx", "pässwörter-äh"])(
    "is refused without being shown: %s",
    (password) => {
      expect(readPassword(password, [KEY]).faults).toEqual([
        "grafanaAdminPassword is [secret]; expected 12 to 128 printable characters without blanks, $ and %. " +
          PASSWORD_CURE,
      ]);
    },
  );

  it("is refused in plain text without being shown", () => {
    expect(readPassword(PASSWORD, []).faults).toEqual([
      "grafanaAdminPassword is stored in plain text; expected a secret. " +
        "Fix: pulumi config set --secret grafanaAdminPassword",
    ]);
  });
});

describe("pure: settings of the monitoring that go together", () => {
  const choices = (others: Partial<typeof DEFAULTS>, password?: string) => ({
    monitoring: { ...DEFAULTS, ...others },
    grafanaAdminPassword: password === undefined ? undefined : pulumi.secret(password),
    namespace: "vllm",
  });

  it("are a password and a namespace of its own", () => {
    expect(monitoringFaults(choices({}, PASSWORD))).toEqual([]);
  });

  it("need a password to install Grafana", () => {
    expect(monitoringFaults(choices({}))).toEqual([
      `grafanaAdminPassword is not set; expected a password for Grafana's user admin. ${PASSWORD_CURE}`,
    ]);
  });

  it.each(["default", "kube-system", "istio-system", "vllm"])("cannot make the namespace %s", (namespace) => {
    expect(monitoringFaults(choices({ namespace }, PASSWORD))).toEqual([
      `monitoring.namespace is "${namespace}"; expected a namespace of its own to be made, not default, kube-*, ` +
        "istio-* or that of the versions. Fix: pulumi config set --path 'monitoring.namespace' monitoring",
    ]);
  });

  it.each(["default", "kube-system", "vllm"])("take an existing Prometheus in %s, without a password", (namespace) => {
    expect(monitoringFaults(choices({ namespace, install: false }))).toEqual([]);
  });
});
