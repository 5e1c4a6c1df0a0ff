import { BlockList, isIPv4 } from "node:net";

/** Labels of a pod or a namespace. */
export type Labels = Readonly<Record<string, string>>;

/** One end of a connection: a pod in a namespace, or an address outside of the cluster. */
export interface Endpoint {
  /** Its address; a pod's one is in no test about addresses unless it says so. */
  readonly address?: string;
  /** The pod's namespace. */
  readonly namespace?: string;
  /** The pod's labels. */
  readonly labels?: Labels;
}

/** A connection that somebody tries to open. */
export interface Flow {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly port: number;
  /** Default TCP. */
  readonly protocol?: "TCP" | "UDP";
}

interface Selector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[];
}

interface Peer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: readonly { readonly protocol: string; readonly port: number }[];
}

/** A network policy as a cluster has it. */
export interface Policy {
  readonly metadata: { readonly namespace: string };
  readonly spec: {
    readonly podSelector: Selector;
    readonly policyTypes: readonly string[];
    readonly ingress?: readonly Rule[];
    readonly egress?: readonly Rule[];
  };
}

/** Whether Kubernetes lets a connection through: its way out of the one end and into the other. */
export function isAllowed(
  flow: Flow,
  policies: readonly Policy[],
  namespaces: Readonly<Record<string, Labels>>,
): boolean {
  return passes("Egress", flow, policies, namespaces) && passes("Ingress", flow, policies, namespaces);
}

function passes(
  direction: "Ingress" | "Egress",
  flow: Flow,
  policies: readonly Policy[],
  namespaces: Readonly<Record<string, Labels>>,
): boolean {
  const [own, other] = direction === "Ingress" ? [flow.to, flow.from] : [flow.from, flow.to];
  const isolating = policies.filter(
    ({ metadata, spec }) =>
      metadata.namespace === own.namespace &&
      spec.policyTypes.includes(direction) &&
      selects(spec.podSelector, own.labels ?? {}),
  );
  if (isolating.length === 0) return true;
  return isolating.some(({ metadata, spec }) =>
    (spec[direction === "Ingress" ? "ingress" : "egress"] ?? []).some((rule) => {
      const peers = direction === "Ingress" ? rule.from : rule.to;
      return (
        (rule.ports?.some(({ protocol, port }) => protocol === (flow.protocol ?? "TCP") && port === flow.port) ??
          true) &&
        (peers?.some((peer) => isPeer(peer, other, metadata.namespace, namespaces)) ?? true)
      );
    }),
  );
}

function isPeer(
  { ipBlock, podSelector, namespaceSelector }: Peer,
  { address, namespace, labels = {} }: Endpoint,
  home: string,
  namespaces: Readonly<Record<string, Labels>>,
): boolean {
  if (ipBlock !== undefined) {
    return address !== undefined && isIn(address, [ipBlock.cidr]) && !isIn(address, ipBlock.except ?? []);
  }
  if (namespace === undefined) return false;
  const isInNamespace =
    namespaceSelector === undefined ? namespace === home : selects(namespaceSelector, namespaces[namespace] ?? {});
  return isInNamespace && (podSelector === undefined || selects(podSelector, labels));
}

function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      if (operator === "Exists") return key in labels;
      if (operator === "In") return values.includes(labels[key] ?? "");
      throw new Error(`operator ${operator} is not known here`);
    })
  );
}

function isIn(address: string, blocks: readonly string[]): boolean {
  const family = isIPv4(address) ? "ipv4" : "ipv6";
  const list = new BlockList();
  for (const block of blocks) {
    const [net = "", prefix] = block.split("/");
    // A BlockList takes ::/0 for a range of IPv4 too; Kubernetes does not.
    if (isIPv4(net) === isIPv4(address)) list.addSubnet(net, Number(prefix), family);
  }
  return list.check(address, family);
}
