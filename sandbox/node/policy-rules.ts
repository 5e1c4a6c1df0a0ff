import { blockWithout, isInBlock } from "./address-block.ts";
import { selects, type Namespace, type NetworkPolicy, type Peer, type Pod, type PolicyPort } from "./policy-objects.ts";

/** Chain that judges connections by where they come from; pods' connections to the node pass it too. */
export const egressChain = "NETPOL-EGRESS";

/** Chain that judges connections by where they go. */
export const ingressChain = "NETPOL-INGRESS";

/** What the rules depend on. */
export interface PolicyInputs {
  readonly pods: readonly Pod[];
  readonly namespaces: readonly Namespace[];
  readonly policies: readonly NetworkPolicy[];
}

interface Rule {
  readonly peers: readonly Peer[];
  readonly ports: readonly PolicyPort[];
}

interface Direction {
  readonly type: "Ingress" | "Egress";
  readonly chain: string;
  /** iptables' options for the judged pod's address and for the other end's. */
  readonly own: string;
  readonly other: string;
  readonly rules: (policy: NetworkPolicy) => readonly Rule[];
}

const directions: readonly Direction[] = [
  {
    type: "Egress",
    chain: egressChain,
    own: "-s",
    other: "-d",
    rules: ({ spec }) => (spec.egress ?? []).map(({ to = [], ports = [] }) => ({ peers: to, ports })),
  },
  {
    type: "Ingress",
    chain: ingressChain,
    own: "-d",
    other: "-s",
    rules: ({ spec }) => (spec.ingress ?? []).map(({ from = [], ports = [] }) => ({ peers: from, ports })),
  },
];

interface Endpoint extends Pod {
  readonly address: string;
}

/** Pods with an address of their own. */
function endpointsOf(pods: readonly Pod[]): readonly Endpoint[] {
  return pods.flatMap((pod) => {
    const { hostNetwork = false } = pod.spec;
    const { podIP, phase } = pod.status;
    const hasEnded = phase === "Succeeded" || phase === "Failed";
    return podIP === undefined || hostNetwork || hasEnded ? [] : [{ ...pod, address: podIP }];
  });
}

const everywhere = "0.0.0.0/0";

/** Address blocks of a rule's peers. */
function blocksOf(peers: readonly Peer[], namespace: string, endpoints: readonly Endpoint[], inputs: PolicyInputs) {
  if (peers.length === 0) return [everywhere];
  return peers.flatMap(({ ipBlock, namespaceSelector, podSelector = {} }) => {
    // Pods have IPv4 addresses alone.
    if (ipBlock !== undefined)
      return ipBlock.cidr.includes(":") ? [] : blockWithout(ipBlock.cidr, ipBlock.except ?? []);
    const isMeant = ({ metadata }: Namespace) =>
      namespaceSelector === undefined ? metadata.name === namespace : selects(namespaceSelector, metadata.labels);
    const meant = inputs.namespaces.filter(isMeant).map(({ metadata }) => metadata.name);
    return endpoints
      .filter(({ metadata }) => meant.includes(metadata.namespace) && selects(podSelector, metadata.labels))
      .map(({ address }) => `${address}/32`);
  });
}

function portsNamed(name: string, protocol: string, { spec }: Pod): readonly number[] {
  return [...spec.containers, ...(spec.initContainers ?? [])]
    .flatMap(({ ports = [] }) => ports)
    .filter((port) => port.name === name && (port.protocol ?? "TCP") === protocol)
    .map(({ containerPort }) => containerPort);
}

/** iptables' options that match one pair of a rule: the other end, and the port. */
function matches({ other, type }: Direction, block: string, port: PolicyPort, own: Endpoint, all: readonly Endpoint[]) {
  const { protocol = "TCP", port: target, endPort } = port;
  const matching = (address: string, ports: number | string) =>
    `${other} ${address} -p ${protocol.toLowerCase()} --dport ${ports}`;
  if (target === undefined) return [`${other} ${block} -p ${protocol.toLowerCase()}`];
  if (typeof target === "number") return [matching(block, endPort === undefined ? target : `${target}:${endPort}`)];
  // A name means what the pod that is connected to calls so.
  if (type === "Ingress") return portsNamed(target, protocol, own).map((number) => matching(block, number));
  return all
    .filter(({ address }) => isInBlock(block, address))
    .flatMap((to) => portsNamed(target, protocol, to).map((number) => matching(`${to.address}/32`, number)));
}

function rulesOf(own: Endpoint, direction: Direction, endpoints: readonly Endpoint[], inputs: PolicyInputs) {
  const policies = inputs.policies.filter(
    ({ metadata, spec }) =>
      metadata.namespace === own.metadata.namespace &&
      spec.policyTypes.includes(direction.type) &&
      selects(spec.podSelector, own.metadata.labels),
  );
  if (policies.length === 0) return [];
  const allowed = policies.flatMap((policy) =>
    direction
      .rules(policy)
      .flatMap(({ peers, ports }) =>
        blocksOf(peers, own.metadata.namespace, endpoints, inputs).flatMap((block) =>
          ports.length === 0
            ? [`${direction.other} ${block}`]
            : ports.flatMap((port) => matches(direction, block, port, own, endpoints)),
        ),
      ),
  );
  // No policy keeps a pod from itself.
  const passing = new Set([`${direction.other} ${own.address}/32`, ...allowed]);
  const mine = `-A ${direction.chain} ${direction.own} ${own.address}/32`;
  return [...[...passing].map((match) => `${mine} ${match} -j RETURN`), `${mine} -j DROP`];
}

/**
 * Network policies as input of `iptables-restore --noflush`, which replaces both chains at once. A connection is judged
 * when it begins: one that exists outlives a policy that would not have let it begin.
 */
export function policyRules(inputs: PolicyInputs): string {
  const endpoints = endpointsOf(inputs.pods);
  const chains = directions.map(({ chain }) => `:${chain} - [0:0]`);
  const rules = directions.flatMap((direction) => [
    `-A ${direction.chain} -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN`,
    ...endpoints.flatMap((endpoint) => rulesOf(endpoint, direction, endpoints, inputs)),
  ]);
  return ["*filter", ...chains, ...rules, "COMMIT", ""].join("\n");
}
