import { describe, expect, it } from "vitest";
import type { NetworkPolicy, Pod } from "../../../sandbox/node/policy-objects.ts";
import { policyRules, type PolicyInputs } from "../../../sandbox/node/policy-rules.ts";
import { passes, type Connection } from "./firewall.ts";

type Spec = NetworkPolicy["spec"];

function pod(namespace: string, app: string, podIP: string, more: Partial<Pod["spec"]> = {}): Pod {
  const containers = [{ ports: [{ name: "http", containerPort: 8000 }, { containerPort: 9090 }] }];
  return {
    metadata: { namespace, labels: { app } },
    spec: { containers, ...more },
    status: { phase: "Running", podIP },
  };
}

const namespaces = ["llm", "istio"].map((name) => ({ metadata: { name, labels: { name } } }));
const [server, client, gateway] = ["10.244.0.2", "10.244.0.3", "10.244.0.4"] as const;
const pods = [
  pod("llm", "server", server),
  pod("llm", "client", client, { containers: [{ ports: [{ name: "http", containerPort: 8080 }] }] }),
  pod("istio", "gateway", gateway),
];
const node = "10.90.0.1";

const isServer = { matchLabels: { app: "server" } };
const isGateway = {
  namespaceSelector: { matchLabels: { name: "istio" } },
  podSelector: { matchLabels: { app: "gateway" } },
};
const ingress = (...rules: NonNullable<Spec["ingress"]>): Spec => ({
  podSelector: isServer,
  policyTypes: ["Ingress"],
  ingress: rules,
});
const egress = (...rules: NonNullable<Spec["egress"]>): Spec => ({
  podSelector: isServer,
  policyTypes: ["Egress"],
  egress: rules,
});

function rules(specs: readonly Spec[], more: Partial<PolicyInputs> = {}): string {
  const policies = specs.map((spec) => ({ metadata: { namespace: "llm" }, spec }));
  return policyRules({ pods, namespaces, policies, ...more });
}

const http = (from: string, to: string, port = 8000): Connection => ({ from, to, port });

describe("pure: policyRules", () => {
  it("judges nothing without a policy", () => {
    expect(rules([])).toBe(`*filter
:NETPOL-EGRESS - [0:0]
:NETPOL-INGRESS - [0:0]
-A NETPOL-EGRESS -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN
-A NETPOL-INGRESS -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN
COMMIT
`);
  });

  it("says per pod what passes, and then drops the rest", () => {
    const lines = rules([
      ingress({ from: [isGateway], ports: [{ port: "http" }, { port: 9000, endPort: 9090 }] }),
    ]).split("\n");
    expect(lines.filter((line) => line.includes(server))).toEqual([
      `-A NETPOL-INGRESS -d ${server}/32 -s ${server}/32 -j RETURN`,
      `-A NETPOL-INGRESS -d ${server}/32 -s ${gateway}/32 -p tcp --dport 8000 -j RETURN`,
      `-A NETPOL-INGRESS -d ${server}/32 -s ${gateway}/32 -p tcp --dport 9000:9090 -j RETURN`,
      `-A NETPOL-INGRESS -d ${server}/32 -j DROP`,
    ]);
  });
});

/** What the policies are, the policies, what passes, what does not. */
type Row = [title: string, specs: Spec[], passing: Connection[], dropped: Connection[]];

const incoming: Row[] = [
  [
    "deny all",
    [ingress()],
    [http(server, server), http(server, client)],
    [http(client, server), http(gateway, server)],
  ],
  ["allow all", [ingress({})], [http(client, server), http(gateway, server, 1)], []],
  [
    "pods of the same namespace",
    [ingress({ from: [{ podSelector: {} }] })],
    [http(client, server)],
    [http(gateway, server)],
  ],
  [
    "a pod of another namespace",
    [ingress({ from: [isGateway] })],
    [http(gateway, server)],
    [http(client, server), http("10.244.0.9", server)],
  ],
  ["two policies add up", [ingress(), ingress({ from: [isGateway] })], [http(gateway, server)], [http(client, server)]],
  [
    "a port by its name on the pod that is connected to",
    [ingress({ ports: [{ port: "http" }] })],
    [http(client, server, 8000)],
    [http(client, server, 8080), { ...http(client, server), protocol: "udp" }],
  ],
  ["a name that no container uses", [ingress({ ports: [{ port: "grpc" }] })], [], [http(client, server)]],
  [
    "a protocol",
    [ingress({ ports: [{ protocol: "UDP" }] })],
    [{ ...http(client, server), protocol: "udp" }],
    [http(client, server)],
  ],
  [
    "a range of ports",
    [ingress({ ports: [{ port: 8000, endPort: 8002 }] })],
    [http(client, server, 8002)],
    [http(client, server, 8003), http(client, server, 7999)],
  ],
  [
    "a block with holes",
    [ingress({ from: [{ ipBlock: { cidr: "10.244.0.0/24", except: [`${client}/32`] } }] })],
    [http(gateway, server)],
    [http(client, server), http("10.245.0.1", server)],
  ],
  ["a block of IPv6", [ingress({ from: [{ ipBlock: { cidr: "fd00::/8" } }] })], [], [http(client, server)]],
];

const outgoing: Row[] = [
  ["deny all", [egress()], [http(client, server), http(server, server)], [http(server, client), http(server, node)]],
  [
    "the API server's address",
    [egress({ to: [{ ipBlock: { cidr: `${node}/32` } }], ports: [{ port: 6443 }] })],
    [http(server, node, 6443)],
    [http(server, node, 10250), http(server, client, 6443)],
  ],
  [
    "a port by its name, which differs between pods",
    [egress({ ports: [{ port: "http" }] })],
    [http(server, client, 8080), http(server, gateway, 8000)],
    [http(server, client, 8000), http(server, gateway, 8080)],
  ],
  [
    "both ends must allow it",
    [egress({ to: [isGateway] }), { podSelector: { matchLabels: { app: "client" } }, policyTypes: ["Ingress"] }],
    [http(server, gateway)],
    [http(server, client), http(gateway, client)],
  ],
];

describe("pure: network policies", () => {
  it.each(incoming)("on incoming connections: %s", (_, specs, passing, dropped) => {
    expect(passing.filter((connection) => !passes(rules(specs), connection))).toEqual([]);
    expect(dropped.filter((connection) => passes(rules(specs), connection))).toEqual([]);
  });

  it.each(outgoing)("on outgoing connections: %s", (_, specs, passing, dropped) => {
    expect(passing.filter((connection) => !passes(rules(specs), connection))).toEqual([]);
    expect(dropped.filter((connection) => passes(rules(specs), connection))).toEqual([]);
  });

  it("are of their namespace alone", () => {
    const elsewhere = [{ metadata: { namespace: "istio" }, spec: ingress() }];
    expect(rules([], { policies: elsewhere })).toBe(rules([]));
  });

  it("say nothing of pods on the node's network, without an address, or ended", () => {
    const outside: readonly Pod[] = [
      pod("llm", "server", node, { hostNetwork: true }),
      { ...pod("llm", "server", ""), status: { phase: "Pending" } },
      { ...pod("llm", "server", server), status: { phase: "Succeeded", podIP: server } },
    ];
    expect(rules([ingress()], { pods: outside })).toBe(rules([]));
  });

  it("find ports by name on a sidecar too", () => {
    const initContainers = [{ ports: [{ name: "metrics", containerPort: 15020 }] }];
    const withSidecar = [pod("llm", "server", server, { initContainers })];
    const text = rules([ingress({ ports: [{ port: "metrics" }] })], { pods: withSidecar });
    expect([15020, 8000].map((port) => passes(text, http(client, server, port)))).toEqual([true, false]);
  });
});
