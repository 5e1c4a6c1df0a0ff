import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type * as programModule from "../index.ts";
import { mockEngine, type Recorder, registered, valueOf } from "./mocks.ts";

const IMAGE = `registry.example.com/vllm-service@sha256:${"0".repeat(64)}`;
const CONFIG = {
  versions: JSON.stringify([
    { name: "v1", model: "opt" },
    { name: "v2", model: "opt" },
  ]),
  serviceImage: IMAGE,
  kubeContext: "kind-dev",
  namespace: "llm",
  canaryWeight: "25",
  monitoring: JSON.stringify({ install: false }),
  gateway: JSON.stringify({ serviceType: "ClusterIP" }),
};
/** What the cluster tells of every Deployment. */
const READY = { status: { readyReplicas: 1 } };
const HOST = "vllm-service.llm.svc.cluster.local";

type Program = typeof programModule;

/** Runs the program as the CLI does. */
async function runProgram(config: Partial<typeof CONFIG>): Promise<Program> {
  const entries = Object.entries(config).map(([key, value]) => [`vllm-istio-canary:${key}`, value]);
  pulumi.runtime.setAllConfig(Object.fromEntries(entries) as Record<string, string>);
  return import("../index.ts");
}

afterEach(() => {
  vi.resetModules();
});

describe("mocks: the program", () => {
  let engine: Recorder;
  let program: Program;
  let tryIt: unknown;
  beforeAll(async () => {
    engine = await mockEngine(READY);
    program = await runProgram(CONFIG);
    tryIt = await valueOf(program.tryIt);
    await registered();
  });

  it("makes a provider, a mesh, a namespace, two versions and their routing", () => {
    const version = (name: string) => ({
      [`vllm-${name}`]: "vllm-istio-canary:index:ModelVersion",
      [`vllm-${name}-account`]: "kubernetes:core/v1:ServiceAccount",
      [`vllm-${name}-live`]: "kubernetes:apps/v1:Deployment",
      [`vllm-${name}-deployment`]: "kubernetes:apps/v1:Deployment",
      [`vllm-${name}-autoscaler`]: "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
      [`vllm-${name}-disruption-budget`]: "kubernetes:policy/v1:PodDisruptionBudget",
    });
    expect(engine.types()).toEqual({
      cluster: "pulumi:providers:kubernetes",
      mesh: "vllm-istio-canary:index:ServiceMesh",
      "mesh-system": "kubernetes:core/v1:Namespace",
      "mesh-ingress": "kubernetes:core/v1:Namespace",
      "mesh-base": "kubernetes:helm.sh/v3:Release",
      "mesh-cni": "kubernetes:helm.sh/v3:Release",
      "mesh-istiod": "kubernetes:helm.sh/v3:Release",
      "mesh-access-log": "kubernetes:telemetry.istio.io/v1:Telemetry",
      "mesh-gateway": "kubernetes:helm.sh/v3:Release",
      versions: "kubernetes:core/v1:Namespace",
      "network-policies": "vllm-istio-canary:index:NetworkPolicies",
      "network-policies-mesh-egress": "kubernetes:networking.k8s.io/v1:NetworkPolicy",
      "network-policies-service-ingress": "kubernetes:networking.k8s.io/v1:NetworkPolicy",
      "network-policies-deny-all": "kubernetes:networking.k8s.io/v1:NetworkPolicy",
      "network-policies-gateway": "kubernetes:networking.k8s.io/v1:NetworkPolicy",
      "mutual-tls": "vllm-istio-canary:index:MutualTls",
      "mutual-tls-namespace": "kubernetes:security.istio.io/v1:PeerAuthentication",
      "mutual-tls-service": "kubernetes:security.istio.io/v1:PeerAuthentication",
      "gateway-access": "vllm-istio-canary:index:GatewayAccess",
      ...version("v1"),
      ...version("v2"),
      routing: "vllm-istio-canary:index:CanaryRouting",
      "routing-service": "kubernetes:core/v1:Service",
      "routing-gateway": "kubernetes:networking.istio.io/v1:Gateway",
      "routing-destination-rule": "kubernetes:networking.istio.io/v1:DestinationRule",
      "routing-virtual-service": "kubernetes:networking.istio.io/v1:VirtualService",
    });
  });

  it("gives every Kubernetes resource the one explicit provider", () => {
    const resources = engine.all.filter(({ type }) => type.startsWith("kubernetes:"));
    expect(resources).toHaveLength(28);
    for (const { name, provider } of resources) {
      expect(`${name} ${provider}`).toMatch(/::pulumi:providers:kubernetes::cluster::cluster-id$/);
    }
    expect(engine.named("cluster").inputs).toEqual({ context: "kind-dev" });
  });

  it("labels the versions' namespace for sidecars, and to refuse what is not restricted", () => {
    expect(engine.named("versions").inputs.metadata).toEqual({
      name: "llm",
      labels: {
        "istio-injection": "enabled",
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/warn": "restricted",
        "pod-security.kubernetes.io/audit": "restricted",
      },
    });
  });

  it("exports the address, the weight, the versions and commands to try", async () => {
    const request = `-d '{"prompt":"Hello"}' | jq -r .text`;
    expect({
      ...program,
      tryIt,
      gatewayUrl: await valueOf(program.gatewayUrl),
      host: await valueOf(program.host),
    }).toEqual({
      gatewayUrl: "http://localhost:8080",
      host: HOST,
      canaryWeight: 25,
      versions: [
        { name: "v1", model: "opt", role: "stable" },
        { name: "v2", model: "opt", role: "canary" },
      ],
      tryIt: {
        portForward: "kubectl --context kind-dev -n istio-ingress port-forward service/istio-ingress 8080:80",
        completion: `curl -s http://localhost:8080/v1/completions -H "Host: ${HOST}" ${request}`,
        abTest: `curl -s http://localhost:8080/v1/completions -H "Host: ${HOST}" -H "x-ab-test: v2" ${request}`,
      },
    });
  });
});

describe("mocks: the program with a load balancer", () => {
  it("exports the address it was given", async () => {
    await mockEngine({ status: { loadBalancer: { ingress: [{ hostname: "lb.example.com" }] }, readyReplicas: 1 } });
    const program = await runProgram({ ...CONFIG, gateway: JSON.stringify({ serviceType: "LoadBalancer" }) });
    expect(await valueOf(program.gatewayUrl)).toBe("http://lb.example.com");
    expect(Object.keys(await valueOf(program.tryIt))).toEqual(["completion", "abTest"]);
    await registered();
  });
});

describe("mocks: the program beside a Prometheus Operator", () => {
  const scraped = async (monitoring: object): Promise<{ watched: boolean; annotations: unknown }> => {
    const engine = await mockEngine(READY);
    await runProgram({ ...CONFIG, monitoring: JSON.stringify(monitoring) });
    await registered();
    const { spec } = engine.named("vllm-v1-deployment").inputs as {
      spec: { template: { metadata: { annotations?: unknown } } };
    };
    return { watched: "observability" in engine.types(), annotations: spec.template.metadata.annotations };
  };

  it("has pods monitored, or annotated, and never both", async () => {
    expect(await scraped({ install: false, operator: true })).toEqual({ watched: true, annotations: undefined });
    vi.resetModules();
    expect(await scraped({ install: false })).toEqual({
      watched: false,
      annotations: { "prometheus.io/scrape": "true", "prometheus.io/port": "8001" },
    });
  });
});

describe("mocks: a change of the weight", () => {
  it("changes the VirtualService and the floor of the stable version, and nothing else", async () => {
    const inputsAt = async (canaryWeight: string): Promise<Record<string, unknown>> => {
      vi.resetModules();
      const engine = await mockEngine(READY);
      await runProgram({ ...CONFIG, canaryWeight });
      await registered();
      return Object.fromEntries(engine.all.map(({ name, inputs }) => [name, inputs]));
    };
    const [before, after] = [await inputsAt("0"), await inputsAt("100")];
    const changed = Object.keys(before).filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
    expect(changed.sort()).toEqual(["routing-virtual-service", "vllm-v1-autoscaler"]);
  });
});

describe("mocks: faulty settings", () => {
  it("stop the program before the first resource", async () => {
    const engine = await mockEngine();
    await expect(runProgram({ ...CONFIG, canaryWeight: "101" })).rejects.toThrow(/^canaryWeight is "101"; expected/);
    await registered();
    expect(engine.all).toEqual([]);
  });
});
