import { describe, expect, it } from "vitest";
import {
  denyAllSpec,
  downloadEgressSpec,
  gatewayPolicySpec,
  meshEgressSpec,
  serviceIngressSpec,
  tracingEgressSpec,
} from "../../components/network-policies.ts";
import { collectorRule } from "../../components/network-rules.ts";
import { ARGS, policiesOf } from "./network-policies-fixture.ts";

const namespaceOf = (name: string) => ({ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } });
const tcp = (...ports: number[]) => ports.map((port) => ({ protocol: "TCP", port }));
const SERVICE = { matchLabels: { app: "vllm-service" } };
const DNS_PORTS = [
  { protocol: "UDP", port: 53 },
  { protocol: "TCP", port: 53 },
];
const DNS = { to: [namespaceOf("kube-system"), { ipBlock: { cidr: "169.254.0.0/16" } }], ports: DNS_PORTS };
const ISTIOD = {
  to: [{ ...namespaceOf("istio-system"), podSelector: { matchLabels: { app: "istiod" } } }],
  ports: tcp(15012),
};

describe("pure: policy specs", () => {
  it("deny all that is not allowed, for every pod, both ways", () => {
    expect(denyAllSpec()).toEqual({ podSelector: {}, policyTypes: ["Ingress", "Egress"] });
  });

  it("let every pod of the namespace reach names, istiod and the service", () => {
    expect(meshEgressSpec(ARGS)).toEqual({
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [DNS, ISTIOD, { to: [{ podSelector: SERVICE }], ports: tcp(8000) }],
    });
  });

  it("let the gateway and the mesh reach the API, and Prometheus the metrics", () => {
    expect(serviceIngressSpec(ARGS)).toEqual({
      podSelector: SERVICE,
      policyTypes: ["Ingress"],
      ingress: [
        {
          from: [
            namespaceOf("istio-ingress"),
            { namespaceSelector: { matchLabels: { "istio-injection": "enabled" } } },
            { namespaceSelector: { matchExpressions: [{ key: "istio.io/rev", operator: "Exists" }] } },
          ],
          ports: tcp(8000),
        },
        { from: [namespaceOf("monitoring")], ports: tcp(8001, 15020, 15090) },
      ],
    });
  });

  it("let nobody read metrics where there is no monitoring", () => {
    expect(serviceIngressSpec({ ...ARGS, monitoringNamespace: undefined }).ingress).toHaveLength(1);
  });

  it("let pods of the named versions download over HTTPS, from public addresses alone", () => {
    expect(downloadEgressSpec(["v1", "v2"])).toEqual({
      podSelector: { ...SERVICE, matchExpressions: [{ key: "version", operator: "In", values: ["v1", "v2"] }] },
      policyTypes: ["Egress"],
      egress: [
        {
          to: [
            {
              ipBlock: {
                cidr: "0.0.0.0/0",
                except: [
                  ...["10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8"],
                  ...["169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"],
                ],
              },
            },
            { ipBlock: { cidr: "::/0", except: ["::1/128", "fc00::/7", "fe80::/10"] } },
          ],
          ports: tcp(443),
        },
      ],
    });
  });

  it("let the service's pods send spans", () => {
    expect(tracingEgressSpec("http://collector.tracing.svc.cluster.local:4318")).toEqual({
      podSelector: SERVICE,
      policyTypes: ["Egress"],
      egress: [{ to: [namespaceOf("tracing")], ports: tcp(4318) }],
    });
  });

  it("let everybody reach the gateway, and the gateway what it needs", () => {
    expect(gatewayPolicySpec(ARGS, ARGS.gatewaySelector)).toEqual({
      podSelector: { matchLabels: { app: "istio-ingress", istio: "ingress" } },
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ ports: tcp(80, 443, 15021) }, { from: [namespaceOf("monitoring")], ports: tcp(15020, 15090) }],
      egress: [
        DNS,
        ISTIOD,
        {
          to: [
            { namespaceSelector: { matchLabels: { "istio-injection": "enabled" } }, podSelector: SERVICE },
            {
              namespaceSelector: { matchExpressions: [{ key: "istio.io/rev", operator: "Exists" }] },
              podSelector: SERVICE,
            },
          ],
          ports: tcp(8000),
        },
      ],
    });
  });

  it.each([
    ["http://collector:4318", { to: [{ podSelector: {} }], ports: tcp(4318) }],
    ["http://collector.tracing.svc", { to: [namespaceOf("tracing")], ports: tcp(80) }],
    ["https://spans.example.com", { ports: tcp(443) }],
    ["http://collector.tracing:4318", { ports: tcp(4318) }],
    ["http://10.1.2.3:4318/otlp", { to: [{ ipBlock: { cidr: "10.1.2.3/32" } }], ports: tcp(4318) }],
    ["http://[fd00::1]:4318", { to: [{ ipBlock: { cidr: "fd00::1/128" } }], ports: tcp(4318) }],
  ])("find the collector of %s", (endpoint, rule) => {
    expect(collectorRule(endpoint)).toEqual(rule);
  });
});

describe("mocks: NetworkPolicies", () => {
  const POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
  const COMPONENT = "vllm-istio-canary:index:NetworkPolicies";

  it("makes each policy in the namespace it is for", async () => {
    const { engine } = await policiesOf(ARGS);
    const names = ["deny-all", "download-egress", "gateway", "mesh-egress", "service-ingress", "tracing-egress"].map(
      (suffix) => `network-${suffix}`,
    );
    expect(engine.types()).toEqual({
      network: COMPONENT,
      ...Object.fromEntries(names.map((name) => [name, POLICY])),
    });
    expect(engine.parents()).toEqual(Object.fromEntries(names.map((name) => [name, COMPONENT])));
    expect(names.map((name) => engine.named(name).inputs.metadata)).toEqual([
      { namespace: "llm" },
      { namespace: "llm" },
      { namespace: "istio-ingress" },
      { namespace: "llm" },
      { namespace: "llm" },
      { namespace: "llm" },
    ]);
    expect(engine.named("network-tracing-egress").inputs.spec).toEqual(tracingEgressSpec(ARGS.tracingEndpoint));
  });

  it("leaves out what a stack does not need", async () => {
    const { engine } = await policiesOf({
      ...ARGS,
      gatewaySelector: undefined,
      downloadingVersions: [],
      tracingEndpoint: undefined,
    });
    expect(Object.keys(engine.types())).toEqual([
      "network",
      "network-deny-all",
      "network-mesh-egress",
      "network-service-ingress",
    ]);
  });
});
