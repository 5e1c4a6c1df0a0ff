import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { type Endpoint, type Flow, isAllowed, type Labels, type Policy } from "./flows.ts";
import { ARGS, policiesOf } from "./network-policies-fixture.ts";

const named = (name: string, labels: Labels = {}) =>
  [name, { "kubernetes.io/metadata.name": name, ...labels }] as const;
const INJECTED = { "istio-injection": "enabled" };
const NAMESPACES = Object.fromEntries([
  named("llm", INJECTED),
  named("team", INJECTED),
  named("revised", { "istio.io/rev": "1-31" }),
  ...["istio-ingress", "istio-system", "monitoring", "tracing", "kube-system", "stranger"].map((name) => named(name)),
]);
const pod = (namespace: string, labels: Labels = {}): Endpoint => ({ namespace, labels, address: "10.244.0.9" });
const at = (address: string): Endpoint => ({ address });
const v1 = pod("llm", { app: "vllm-service", version: "v1" });
const v2 = pod("llm", { app: "vllm-service", version: "v2" });
const gateway = pod("istio-ingress", { app: "istio-ingress", istio: "ingress" });
const istiod = pod("istio-system", { app: "istiod" });
const prometheus = pod("monitoring");
const job = pod("llm", { job: "sampling" });
const dns = pod("kube-system", { "k8s-app": "kube-dns" });
const client = at("203.0.113.7");
const hub = at("18.155.1.2");

const flow = (from: Endpoint, to: Endpoint, port: number, protocol: "TCP" | "UDP" = "TCP"): Flow => {
  return { from, to, port, protocol };
};

describe("pure: what the policies allow", () => {
  let policies: Policy[];
  beforeAll(async () => {
    ({ policies } = await policiesOf(ARGS));
  });

  it.each<[string, Flow]>([
    ["a client to the gateway, HTTP", flow(client, gateway, 80)],
    ["a client to the gateway, HTTPS", flow(client, gateway, 443)],
    ["a load balancer to the gateway's health", flow(client, gateway, 15021)],
    ["the gateway to the service", flow(gateway, v1, 8000)],
    ["the gateway to istiod", flow(gateway, istiod, 15012)],
    ["the gateway to DNS", flow(gateway, dns, 53, "UDP")],
    ["a pod of the mesh to the service", flow(pod("team"), v2, 8000)],
    ["a pod of a revision's mesh to the service", flow(pod("revised"), v2, 8000)],
    ["a job beside the versions to the service", flow(job, v1, 8000)],
    ["a job beside the versions to istiod", flow(job, istiod, 15012)],
    ["Prometheus to the service's metrics", flow(prometheus, v1, 8001)],
    ["Prometheus to Istio's merged metrics", flow(prometheus, v1, 15020)],
    ["Prometheus to a sidecar's metrics", flow(prometheus, v1, 15090)],
    ["Prometheus to the gateway's metrics", flow(prometheus, gateway, 15020)],
    ["a version to DNS over UDP", flow(v1, dns, 53, "UDP")],
    ["a version to DNS over TCP", flow(v1, dns, 53)],
    ["a version to a DNS cache on its node", flow(v1, at("169.254.20.10"), 53, "UDP")],
    ["a version to istiod", flow(v1, istiod, 15012)],
    ["a version to the collector", flow(v1, pod("tracing"), 4318)],
    ["a downloading version to the internet, HTTPS", flow(v2, hub, 443)],
    ["a downloading version to the internet over IPv6", flow(v2, at("2600:9000::1"), 443)],
    ["a stranger to Prometheus, which is not the stack's matter", flow(pod("stranger"), prometheus, 9090)],
  ])("allow %s", (_, tried) => {
    expect(isAllowed(tried, policies, NAMESPACES)).toBe(true);
  });

  it.each<[string, Flow]>([
    ["a client straight to the service", flow(client, v1, 8000)],
    ["a pod outside of the mesh to the service", flow(pod("stranger"), v1, 8000)],
    ["a pod of the mesh to the metrics", flow(pod("team"), v1, 8001)],
    ["the gateway to the metrics", flow(gateway, v1, 8001)],
    ["Prometheus to the API", flow(prometheus, v1, 8000)],
    ["anybody to vLLM's own port", flow(gateway, v1, 8100)],
    ["anybody to Envoy's admin port", flow(prometheus, v1, 15000)],
    ["anybody to a job beside the versions", flow(pod("team"), job, 8000)],
    ["a client to the gateway's metrics", flow(client, gateway, 15020)],
    ["a stranger to the gateway's debug port", flow(pod("stranger"), gateway, 15000)],
    ["the gateway to the internet", flow(gateway, hub, 443)],
    ["the gateway to a job beside the versions", flow(gateway, job, 8000)],
    ["a version that downloads nothing to the internet", flow(v1, hub, 443)],
    ["a job to the internet", flow(job, hub, 443)],
    ["a job to the collector", flow(job, pod("tracing"), 4318)],
    ["a downloading version to the internet, plain HTTP", flow(v2, hub, 80)],
    ["a downloading version to the cloud's metadata", flow(v2, at("169.254.169.254"), 443)],
    ["a version to the cloud's metadata, plain HTTP", flow(v1, at("169.254.169.254"), 80)],
    ["a downloading version to the cloud's metadata over IPv6", flow(v2, at("fd00:ec2::254"), 443)],
    ["a downloading version to another pod", flow(v2, pod("stranger"), 443)],
    ["a version to a resolver on the internet", flow(v1, at("8.8.8.8"), 53, "UDP")],
    ["a version to istiod's debug port", flow(v1, istiod, 15014)],
    ["a version to another pod of istio-system", flow(v1, pod("istio-system"), 15012)],
    ["a version to another's metrics", flow(v1, v2, 8001)],
  ])("refuse %s", (_, tried) => {
    expect(isAllowed(tried, policies, NAMESPACES)).toBe(false);
  });

  it("let a downloading version reach an address exactly when it is public", () => {
    const isPrivate = ([a = 0, b = 0]: number[]) =>
      [10, 127].includes(a) ||
      (a === 100 && b >= 64 && b < 128) ||
      (a === 169 && b === 254) ||
      (a === 172 && b >= 16 && b < 32) ||
      (a === 192 && b === 168);
    const first = fc.oneof(fc.constantFrom(10, 100, 127, 169, 172, 192), fc.nat(255));
    const second = fc.oneof(fc.constantFrom(15, 16, 31, 32, 63, 64, 127, 128, 168, 254), fc.nat(255));
    fc.assert(
      fc.property(fc.tuple(first, second, fc.nat(255), fc.nat(255)), (parts) => {
        expect(isAllowed(flow(v2, at(parts.join(".")), 443), policies, NAMESPACES)).toBe(!isPrivate(parts));
      }),
    );
  });
});
