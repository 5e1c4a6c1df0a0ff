import { describe, expect, it } from "vitest";
import { GATEWAY_PODS } from "../../components/gateway-address.ts";
import { baseValues, cniValues, gatewayValues, istiodValues } from "../../components/mesh-values.ts";

const SMALL = { cni: true, platform: undefined, highAvailability: false };
const LARGE = { cni: true, platform: "gke", highAvailability: true } as const;

const spread = (labels: Record<string, string>) =>
  ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: labels },
  }));
const port = (name: string, number: number) => ({ name, port: number, protocol: "TCP", targetPort: number });
const SECCOMP = { type: "RuntimeDefault" };

describe("pure: chart values", () => {
  it("validate by the default revision", () => {
    expect(baseValues()).toEqual({ defaultRevision: "default" });
  });

  it("run a small agent on each node, in the folders of the platform", () => {
    const small = {
      seccompProfile: SECCOMP,
      resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "256Mi" } },
    };
    expect(cniValues(SMALL)).toEqual(small);
    expect(cniValues(LARGE)).toEqual({ ...small, global: { platform: "gke" } });
  });

  it("run a small control plane with native sidecars", () => {
    const { meshConfig, ...values } = istiodValues(SMALL);
    expect(values).toEqual({
      autoscaleEnabled: false,
      replicaCount: 1,
      resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "4Gi" } },
      seccompProfile: SECCOMP,
      cni: { enabled: true },
      env: { ENABLE_NATIVE_SIDECARS: "true" },
      global: { proxy: { resources: { requests: { cpu: "50m", memory: "64Mi" } } } },
    });
    expect(meshConfig).toMatchObject({ defaultConfig: { holdApplicationUntilProxyStarts: true } });
  });

  it("run at least two control planes that a node can be lost of", () => {
    expect(istiodValues(LARGE)).toMatchObject({
      autoscaleEnabled: true,
      autoscaleMin: 2,
      autoscaleMax: 5,
      topologySpreadConstraints: spread({ app: "istiod" }),
      resources: { requests: { cpu: "500m", memory: "2Gi" } },
      global: { platform: "gke", proxy: { resources: { requests: { cpu: "100m", memory: "128Mi" } } } },
    });
  });

  it("leave sidecars to their init container without the plugin", () => {
    expect(istiodValues({ ...SMALL, cni: false })["cni"]).toEqual({ enabled: false });
  });

  it("log the version that answered, and neither query nor credentials", () => {
    const { extensionProviders } = istiodValues(SMALL)["meshConfig"] as { extensionProviders: object[] };
    const text = JSON.stringify(extensionProviders);
    expect(extensionProviders).toMatchObject([
      {
        name: "json-access-log",
        envoyFileAccessLog: { logFormat: { labels: { version: "%RESP(X-MODEL-VERSION)%" } } },
      },
    ]);
    expect(text).not.toMatch(/authorization|cookie|REQ\(:PATH\)/i);
  });

  it.each(["LoadBalancer", "ClusterIP"] as const)("run a small %s gateway", (type) => {
    expect(gatewayValues(type, SMALL)).toEqual({
      labels: GATEWAY_PODS,
      service: { type, ports: [port("status-port", 15021), port("http2", 80), port("https", 443)] },
      securityContext: {
        seccompProfile: SECCOMP,
        sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }],
      },
      resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "512Mi" } },
      autoscaling: { enabled: true, minReplicas: 1, maxReplicas: 3, targetCPUUtilizationPercentage: 80 },
      env: { EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true" },
      terminationGracePeriodSeconds: 600,
    });
  });

  it("run three gateways or more that a node can be lost of", () => {
    expect(gatewayValues("LoadBalancer", LARGE)).toMatchObject({
      global: { platform: "gke" },
      resources: { requests: { cpu: "500m", memory: "256Mi" }, limits: { memory: "1Gi" } },
      autoscaling: { minReplicas: 3, maxReplicas: 10 },
      podDisruptionBudget: { maxUnavailable: 1 },
      topologySpreadConstraints: spread(GATEWAY_PODS),
    });
  });
});
