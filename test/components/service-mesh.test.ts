import { describe, expect, it } from "vitest";
import { baseValues, cniValues, gatewayValues, istiodValues } from "../../components/mesh-values.ts";
import {
  injectedNamespaceLabels,
  podSecurityLabels,
  ServiceMesh,
  type ServiceMeshArgs,
} from "../../components/service-mesh.ts";
import { mockEngine, type Recorder, registered, valueOf } from "../mocks.ts";

const ARGS = {
  mesh: { istioVersion: "1.31.1", chartRepository: "https://charts.example.com", cni: true, platform: undefined },
  gateway: { serviceType: "ClusterIP", namespace: "edge", service: "front" },
  highAvailability: true,
} satisfies ServiceMeshArgs;
const SHAPE = { cni: true, platform: undefined, highAvailability: true };
const WARNED = {
  "pod-security.kubernetes.io/warn": "restricted",
  "pod-security.kubernetes.io/audit": "restricted",
};
const ENFORCED = { "pod-security.kubernetes.io/enforce": "restricted", ...WARNED };

describe("pure: labels of namespaces", () => {
  it("refuse what breaks the restricted standard where the plugin sets sidecars up, and warn of it elsewhere", () => {
    expect(podSecurityLabels({ cni: true })).toEqual(ENFORCED);
    expect(podSecurityLabels({ cni: false })).toEqual(WARNED);
  });

  it("ask the default control plane, or the one of a revision, for sidecars", () => {
    const mesh = { cni: true, revision: undefined };
    expect(injectedNamespaceLabels(mesh)).toEqual({ "istio-injection": "enabled", ...ENFORCED });
    expect(injectedNamespaceLabels({ ...mesh, revision: "1-30" })).toEqual({ "istio.io/rev": "1-30", ...ENFORCED });
  });
});

describe("mocks: ServiceMesh", () => {
  const TYPES = {
    mesh: "vllm-istio-canary:index:ServiceMesh",
    "mesh-system": "kubernetes:core/v1:Namespace",
    "mesh-ingress": "kubernetes:core/v1:Namespace",
    "mesh-base": "kubernetes:helm.sh/v3:Release",
    "mesh-cni": "kubernetes:helm.sh/v3:Release",
    "mesh-istiod": "kubernetes:helm.sh/v3:Release",
    "mesh-access-log": "kubernetes:telemetry.istio.io/v1:Telemetry",
    "mesh-gateway": "kubernetes:helm.sh/v3:Release",
  };
  const install = async (args: ServiceMeshArgs): Promise<{ engine: Recorder; mesh: ServiceMesh }> => {
    const engine = await mockEngine({ status: { loadBalancer: { ingress: [{ ip: "192.0.2.7" }] } } });
    const mesh = new ServiceMesh("mesh", args);
    await registered();
    return { engine, mesh };
  };

  it("installs charts of one version, awaited and rolled back on failure", async () => {
    const { engine, mesh } = await install(ARGS);
    expect(await valueOf(mesh.gatewayAddress)).toBeUndefined();
    expect(await valueOf(mesh.gatewaySelector)).toEqual({ app: "istio-ingress", istio: "ingress" });
    expect(engine.types()).toEqual(TYPES);
    expect(Object.values(engine.parents())).toEqual(Array<string>(7).fill(TYPES.mesh));
    const release = {
      version: "1.31.1",
      repositoryOpts: { repo: "https://charts.example.com" },
      atomic: true,
      cleanupOnFail: true,
      compat: "true",
      maxHistory: 5,
      timeout: 600,
    };
    const system = { ...release, namespace: "istio-system" };
    const inputsOf = (suffix: string) => engine.named(`mesh-${suffix}`).inputs;
    expect(inputsOf("base")).toEqual({ ...system, name: "istio-base", chart: "base", values: baseValues() });
    expect(inputsOf("cni")).toEqual({ ...system, name: "istio-cni", chart: "cni", values: cniValues(SHAPE) });
    expect(inputsOf("istiod")).toEqual({ ...system, name: "istiod", chart: "istiod", values: istiodValues(SHAPE) });
    const values = gatewayValues("ClusterIP", SHAPE);
    expect(inputsOf("gateway")).toEqual({ ...release, namespace: "edge", name: "front", chart: "gateway", values });
  });

  it("makes a free namespace for the control plane and a restricted one for the gateway, which logs", async () => {
    const { engine } = await install(ARGS);
    const metadata = (suffix: string) => engine.named(`mesh-${suffix}`).inputs["metadata"];
    expect(metadata("system")).toEqual({ name: "istio-system", labels: {} });
    expect(metadata("ingress")).toEqual({ name: "edge", labels: ENFORCED });
    expect(engine.named("mesh-access-log").inputs).toMatchObject({
      metadata: { name: "json-access-log", namespace: "edge" },
      spec: { accessLogging: [{ providers: [{ name: "json-access-log" }] }] },
    });
  });

  it("leaves the plugin out", async () => {
    const { engine } = await install({ ...ARGS, mesh: { ...ARGS.mesh, cni: false } });
    expect(Object.keys(engine.types())).toEqual(
      Object.keys(TYPES)
        .filter((name) => name !== "mesh-cni")
        .sort(),
    );
  });

  it("reads the address of a load balancer from the gateway's Service", async () => {
    const { engine, mesh } = await install({ ...ARGS, gateway: { ...ARGS.gateway, serviceType: "LoadBalancer" } });
    expect(await valueOf(mesh.gatewayAddress)).toBe("192.0.2.7");
    expect(engine.types()).toEqual({ ...TYPES, "mesh-gateway-service": "kubernetes:core/v1:Service" });
    expect(engine.named("mesh-gateway-service").readId).toBe("edge/front");
  });
});
