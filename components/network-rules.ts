import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

type Peer = k8s.types.input.networking.v1.NetworkPolicyPeer;
type Port = k8s.types.input.networking.v1.NetworkPolicyPort;
type IngressRule = k8s.types.input.networking.v1.NetworkPolicyIngressRule;
type EgressRule = k8s.types.input.networking.v1.NetworkPolicyEgressRule;

const ISTIOD_PORT = 15012;
const DNS_PORT = 53;
/** Caches on each node, and some clouds, answer DNS at addresses that never leave the node. */
const LINK_LOCAL = "169.254.0.0/16";
/** What is not the internet: private, shared and loopback ranges, and with them the clouds' metadata services. */
const NOT_PUBLIC = ["10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", LINK_LOCAL, "172.16.0.0/12", "192.168.0.0/16"];
const NOT_PUBLIC_V6 = ["::1/128", "fc00::/7", "fe80::/10"];

/** Namespaces whose pods get a sidecar, by the label of the default control plane or of a revision. */
export const INJECTED_NAMESPACES: readonly Peer[] = Object.freeze([
  { namespaceSelector: { matchLabels: { "istio-injection": "enabled" } } },
  { namespaceSelector: { matchExpressions: [{ key: "istio.io/rev", operator: "Exists" }] } },
]);

/** All pods of a namespace, which Kubernetes itself labels with its name. */
export function inNamespace(name: pulumi.Input<string>): Peer {
  return { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } };
}

/** These TCP ports, as the pods that listen know them. */
export function tcp(...ports: number[]): Port[] {
  return ports.map((port) => ({ protocol: "TCP", port }));
}

/** Lets Prometheus read metrics from these ports; nobody when its namespace is undefined. */
export function metricsRules(namespace: pulumi.Input<string> | undefined, ports: readonly number[]): IngressRule[] {
  return namespace === undefined ? [] : [{ from: [inNamespace(namespace)], ports: tcp(...ports) }];
}

/** Lets pods ask for names: in kube-system, and at link-local addresses. */
export function dnsRule(): EgressRule {
  return {
    to: [inNamespace("kube-system"), { ipBlock: { cidr: LINK_LOCAL } }],
    ports: [{ protocol: "UDP", port: DNS_PORT }, ...tcp(DNS_PORT)],
  };
}

/** Lets sidecars and gateways get their configuration and certificates from istiod in that namespace. */
export function controlPlaneRule(namespace: pulumi.Input<string>): EgressRule {
  const istiod = { ...inNamespace(namespace), podSelector: { matchLabels: { app: "istiod" } } };
  return { to: [istiod], ports: tcp(ISTIOD_PORT) };
}

/** Lets pods talk HTTPS to public addresses. */
export function internetRule(): EgressRule {
  return {
    to: [{ ipBlock: { cidr: "0.0.0.0/0", except: NOT_PUBLIC } }, { ipBlock: { cidr: "::/0", except: NOT_PUBLIC_V6 } }],
    ports: tcp(443),
  };
}

/**
 * Lets pods send to the http or https address of a collector, on its port: `NAME` is in their own namespace,
 * `NAME.NAMESPACE.svc` in that one, an IP address is itself, and any other name may be anywhere. Policies know the ports
 * of pods alone, so a collector behind a Service must listen on the Service's port.
 */
export function collectorRule(endpoint: string): EgressRule {
  const { hostname, port, protocol } = new URL(endpoint);
  const ports = tcp(port === "" ? (protocol === "https:" ? 443 : 80) : Number(port));
  const to = collectorPeer(hostname);
  return to === undefined ? { ports } : { to: [to], ports };
}

function collectorPeer(host: string): Peer | undefined {
  if (host.startsWith("[")) return { ipBlock: { cidr: `${host.slice(1, -1)}/128` } };
  if (/^\d+(\.\d+){3}$/.test(host)) return { ipBlock: { cidr: `${host}/32` } };
  const [, namespace, kind] = host.split(".");
  if (namespace === undefined) return { podSelector: {} };
  return kind === "svc" ? inNamespace(namespace) : undefined;
}
