import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  collectorRule,
  controlPlaneRule,
  dnsRule,
  INJECTED_NAMESPACES,
  inNamespace,
  internetRule,
  metricsRules,
  tcp,
} from "./network-rules.ts";
import { METRICS_PORT } from "./server-container.ts";
import { HTTP_PORT, type Labels, serviceLabels } from "./service-identity.ts";

/** Options of {@link NetworkPolicies}. */
export interface NetworkPoliciesArgs {
  /** Namespace of the versions' pods. */
  readonly namespace: pulumi.Input<string>;
  /** Namespace of the ingress gateway's pods. */
  readonly gatewayNamespace: pulumi.Input<string>;
  /** Labels of the gateway's pods, when the gateway is the stack's own. undefined: no policy is made for it. */
  readonly gatewaySelector: Readonly<Labels> | undefined;
  /** Namespace of istiod. */
  readonly controlPlaneNamespace: pulumi.Input<string>;
  /** Namespace of Prometheus. undefined: nobody may read metrics. */
  readonly monitoringNamespace: pulumi.Input<string> | undefined;
  /** Names of the versions whose pods download models. Empty: no pod reaches the internet. */
  readonly downloadingVersions: readonly string[];
  /** http or https address that takes the versions' spans. undefined: no spans. */
  readonly tracingEndpoint: string | undefined;
}

type Spec = k8s.types.input.networking.v1.NetworkPolicySpec;

const GATEWAY_HTTP_PORTS = [80, 443];
const GATEWAY_HEALTH_PORT = 15021;
/** Istio's merged metrics of a pod, and those of its proxy alone. */
const PROXY_METRICS_PORTS = [15020, 15090];

/** Refuses every connection of every pod of the namespace that no other policy allows. */
export function denyAllSpec(): Spec {
  return { podSelector: {}, policyTypes: ["Ingress", "Egress"] };
}

/** What every pod of the versions' namespace may reach: names, its control plane, and the service. */
export function meshEgressSpec(args: Pick<NetworkPoliciesArgs, "controlPlaneNamespace">): Spec {
  const service = { to: [{ podSelector: { matchLabels: serviceLabels() } }], ports: tcp(HTTP_PORT) };
  return {
    podSelector: {},
    policyTypes: ["Egress"],
    egress: [dnsRule(), controlPlaneRule(args.controlPlaneNamespace), service],
  };
}

/**
 * Who may reach the service's pods: the gateway and pods of the mesh their API, Prometheus their metrics. The kubelet's
 * probes come from the pod's own node, which no policy keeps out. Sidecars take connections over inside of the pod, so
 * the ports are those that callers dial.
 */
export function serviceIngressSpec(args: Pick<NetworkPoliciesArgs, "gatewayNamespace" | "monitoringNamespace">): Spec {
  const callers = [inNamespace(args.gatewayNamespace), ...INJECTED_NAMESPACES];
  return {
    podSelector: { matchLabels: serviceLabels() },
    policyTypes: ["Ingress"],
    ingress: [
      { from: callers, ports: tcp(HTTP_PORT) },
      ...metricsRules(args.monitoringNamespace, [METRICS_PORT, ...PROXY_METRICS_PORTS]),
    ],
  };
}

/** Lets the service's pods send their spans to that address, as of {@link collectorRule}. */
export function tracingEgressSpec(endpoint: string): Spec {
  return {
    podSelector: { matchLabels: serviceLabels() },
    policyTypes: ["Egress"],
    egress: [collectorRule(endpoint)],
  };
}

/** Lets the pods of those versions download models from the internet. */
export function downloadEgressSpec(versions: readonly string[]): Spec {
  const ofVersions = { key: "version", operator: "In", values: [...versions] };
  return {
    podSelector: { matchLabels: serviceLabels(), matchExpressions: [ofVersions] },
    policyTypes: ["Egress"],
    egress: [internetRule()],
  };
}

/** What the gateway's pods may do: serve everybody, show their metrics, and reach names, control plane and service. */
export function gatewayPolicySpec(args: NetworkPoliciesArgs, selector: Readonly<Labels>): Spec {
  // Of any stack: others may serve their versions through this gateway too.
  const services = INJECTED_NAMESPACES.map((peer) => ({ ...peer, podSelector: { matchLabels: serviceLabels() } }));
  return {
    podSelector: { matchLabels: { ...selector } },
    policyTypes: ["Ingress", "Egress"],
    ingress: [
      { ports: tcp(...GATEWAY_HTTP_PORTS, GATEWAY_HEALTH_PORT) },
      ...metricsRules(args.monitoringNamespace, PROXY_METRICS_PORTS),
    ],
    egress: [dnsRule(), controlPlaneRule(args.controlPlaneNamespace), { to: services, ports: tcp(HTTP_PORT) }],
  };
}

/**
 * Who may connect to whom, by Kubernetes' network policies: in and out of the versions' namespace, and of the gateway's
 * pods when they are the stack's own, goes what the service needs and nothing else. A cluster whose network plugin does
 * not enforce policies ignores them.
 */
export class NetworkPolicies extends pulumi.ComponentResource {
  /** Makes the policies of the versions' namespace, and the gateway's. */
  public constructor(name: string, args: NetworkPoliciesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vllm-istio-canary:index:NetworkPolicies", name, {}, opts);
    const { gatewaySelector, downloadingVersions, tracingEndpoint } = args;
    const add = (
      suffix: string,
      namespace: pulumi.Input<string>,
      spec: Spec,
      dependsOn: pulumi.Resource[] = [],
    ): pulumi.Resource =>
      new k8s.networking.v1.NetworkPolicy(
        `${name}-${suffix}`,
        { metadata: { namespace }, spec },
        { parent: this, dependsOn },
      );
    const allowed = [
      add("mesh-egress", args.namespace, meshEgressSpec(args)),
      add("service-ingress", args.namespace, serviceIngressSpec(args)),
    ];
    if (tracingEndpoint !== undefined) {
      allowed.push(add("tracing-egress", args.namespace, tracingEgressSpec(tracingEndpoint)));
    }
    if (downloadingVersions.length > 0) {
      allowed.push(add("download-egress", args.namespace, downloadEgressSpec(downloadingVersions)));
    }
    // What is allowed comes before and goes after, so that pods that already run never lose what they need.
    add("deny-all", args.namespace, denyAllSpec(), allowed);
    if (gatewaySelector !== undefined) {
      add("gateway", args.gatewayNamespace, gatewayPolicySpec(args, gatewaySelector));
    }
    this.registerOutputs({});
  }
}
