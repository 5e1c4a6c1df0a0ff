import { describe, expect, it } from "vitest";
import { GATEWAY_SELECTOR } from "../../components/gateway-address.ts";
import { baseValues, gatewayValues, istiodValues, ServiceMesh } from "../../components/service-mesh.ts";
import { mockEngine, registered, valueOf } from "../mocks.ts";

const MESH = { istioVersion: "1.31.1", chartRepository: "https://charts.example.com" };

describe("pure: chart values", () => {
  it("validates by the default revision", () => {
    expect(baseValues()).toEqual({ defaultRevision: "default" });
  });

  it("runs a small control plane with native sidecars", () => {
    expect(istiodValues()).toEqual({
      autoscaleEnabled: false,
      replicaCount: 1,
      resources: { requests: { cpu: "50m", memory: "128Mi" } },
      seccompProfile: { type: "RuntimeDefault" },
      env: { ENABLE_NATIVE_SIDECARS: "true" },
      meshConfig: { accessLogFile: "", defaultConfig: { holdApplicationUntilProxyStarts: true } },
      global: { proxy: { resources: { requests: { cpu: "50m", memory: "64Mi" } } } },
    });
  });

  it.each(["LoadBalancer", "ClusterIP"] as const)("runs a %s gateway on HTTP alone", (type) => {
    expect(gatewayValues(type)).toEqual({
      labels: { app: "istio-ingress", istio: "ingress" },
      service: {
        type,
        ports: [
          { name: "status-port", port: 15021, protocol: "TCP", targetPort: 15021 },
          { name: "http2", port: 80, protocol: "TCP", targetPort: 80 },
        ],
      },
      securityContext: {
        seccompProfile: { type: "RuntimeDefault" },
        sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }],
      },
      resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "512Mi" } },
      autoscaling: { enabled: true, minReplicas: 1, maxReplicas: 3, targetCPUUtilizationPercentage: 80 },
      env: { EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true" },
      terminationGracePeriodSeconds: 40,
    });
  });

  it("labels the gateway's pods with what an Istio Gateway selects", () => {
    expect(gatewayValues("ClusterIP").labels).toEqual(GATEWAY_SELECTOR);
  });
});

describe("mocks: ServiceMesh", () => {
  const TYPES = {
    mesh: "vllm-istio-canary:index:ServiceMesh",
    "mesh-system": "kubernetes:core/v1:Namespace",
    "mesh-ingress": "kubernetes:core/v1:Namespace",
    "mesh-base": "kubernetes:helm.sh/v3:Release",
    "mesh-istiod": "kubernetes:helm.sh/v3:Release",
    "mesh-gateway": "kubernetes:helm.sh/v3:Release",
  };

  it("installs three charts of one version, awaited and rolled back on failure", async () => {
    const engine = await mockEngine();
    const mesh = new ServiceMesh("mesh", { mesh: MESH, gateway: { serviceType: "ClusterIP" } });
    expect(await valueOf(mesh.gatewayUrl)).toBe("http://localhost:8080");
    await registered();
    expect(engine.types()).toEqual(TYPES);
    expect(Object.values(engine.parents())).toEqual(Array<string>(5).fill(TYPES.mesh));
    const inputsOf = (suffix: string) => engine.named(`mesh-${suffix}`).inputs;
    expect(inputsOf("system")).toEqual({ apiVersion: "v1", kind: "Namespace", metadata: { name: "istio-system" } });
    expect(inputsOf("ingress")).toEqual({ apiVersion: "v1", kind: "Namespace", metadata: { name: "istio-ingress" } });
    const release = {
      version: "1.31.1",
      repositoryOpts: { repo: "https://charts.example.com" },
      atomic: true,
      cleanupOnFail: true,
      compat: "true",
      maxHistory: 5,
      timeout: 600,
    };
    expect(inputsOf("base")).toEqual({
      ...release,
      name: "istio-base",
      chart: "base",
      namespace: "istio-system",
      values: baseValues(),
    });
    expect(inputsOf("istiod")).toEqual({
      ...release,
      name: "istiod",
      chart: "istiod",
      namespace: "istio-system",
      values: istiodValues(),
    });
    expect(inputsOf("gateway")).toEqual({
      ...release,
      name: "istio-ingress",
      chart: "gateway",
      namespace: "istio-ingress",
      values: gatewayValues("ClusterIP"),
    });
  });

  it("reads the address of a load balancer from the gateway's Service", async () => {
    const engine = await mockEngine({ status: { loadBalancer: { ingress: [{ ip: "192.0.2.7" }] } } });
    const mesh = new ServiceMesh("mesh", { mesh: MESH, gateway: { serviceType: "LoadBalancer" } });
    expect(await valueOf(mesh.gatewayUrl)).toBe("http://192.0.2.7");
    await registered();
    expect(engine.types()).toEqual({ ...TYPES, "mesh-gateway-service": "kubernetes:core/v1:Service" });
    expect(engine.named("mesh-gateway-service").readId).toBe("istio-ingress/istio-ingress");
  });
});
