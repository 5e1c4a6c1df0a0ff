import type { IDestinationRule } from "@kubernetes-models/istio/networking.istio.io/v1/DestinationRule";
import type { IGateway } from "@kubernetes-models/istio/networking.istio.io/v1/Gateway";
import type { IVirtualService } from "@kubernetes-models/istio/networking.istio.io/v1/VirtualService";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { readinessFault } from "./readiness.ts";
import { canaryRoutes, type TrafficSplit } from "./routes.ts";
import { HTTP_PORT, type Labels, SERVICE_NAME, serviceHost, serviceLabels, subsetLabels } from "./service-identity.ts";
import { trafficPolicy } from "./traffic-policy.ts";

/** What the gateway offers to clients. */
export interface GatewayEntry {
  /** Public host names, beside the Service's full name. May be empty. */
  readonly hosts: readonly string[];
  /** Name of the TLS secret in the gateway's namespace; plain HTTP is then only redirected. Undefined: HTTP alone. */
  readonly tlsSecret: string | undefined;
}

/** Options of {@link CanaryRouting}. */
export interface CanaryRoutingArgs extends Omit<TrafficSplit, "stickiness">, GatewayEntry {
  /** Namespace of the versions' pods and of everything this component makes. */
  readonly namespace: pulumi.Input<string>;
  /** Labels of the ingress gateway's pods that serve the hosts. */
  readonly gatewaySelector: pulumi.Input<Labels>;
  /** Whether a client keeps the version it was drawn to, by a cookie, until another weight moves it. */
  readonly stickyVersions: boolean;
  /** How many ready pods each version has: one without any gets no weight. Not waited for where the weight is 0. */
  readonly readyPods: { readonly stable: pulumi.Input<number>; readonly canary: pulumi.Input<number> };
}

type GatewaySpec = NonNullable<IGateway["spec"]>;
type DestinationRuleSpec = NonNullable<IDestinationRule["spec"]>;
type VirtualServiceSpec = NonNullable<IVirtualService["spec"]>;

const ISTIO_API = "networking.istio.io/v1";
/** The stack is the only writer of the traffic: what was edited by hand meanwhile is overwritten, not a conflict. */
const SOLE_WRITER = Object.freeze({ "pulumi.com/patchForce": "true" });
/** In which time the control plane hands new subsets to every proxy; it tells nobody when it has. */
const PROPAGATION_MS = 3_000;

/** The Service's spec: all pods of all versions, as HTTP. */
export function serviceSpec(): k8s.types.input.core.v1.ServiceSpec {
  return {
    selector: serviceLabels(),
    ports: [{ name: "http", port: HTTP_PORT, targetPort: "http", appProtocol: "http" }],
  };
}

/**
 * The Istio Gateway's spec, for the Service's full host name and the public ones; other hosts get 404. With a TLS secret
 * HTTPS on port 443, to which port 80 redirects; else plain HTTP on port 80.
 */
export function gatewaySpec(namespace: string, selector: Readonly<Labels>, entry: GatewayEntry): GatewaySpec {
  const hosts = [serviceHost(namespace), ...entry.hosts];
  const http = { port: { number: 80, name: "http", protocol: "HTTP" }, hosts };
  if (entry.tlsSecret === undefined) return { selector: { ...selector }, servers: [http] };
  const https = {
    port: { number: 443, name: "https", protocol: "HTTPS" },
    hosts,
    tls: { mode: "SIMPLE" as const, credentialName: entry.tlsSecret, minProtocolVersion: "TLSV1_2" as const },
  };
  return { selector: { ...selector }, servers: [{ ...http, tls: { httpsRedirect: true } }, https] };
}

/** The DestinationRule's spec: one subset for each version, whatever its weight. */
export function destinationRuleSpec(namespace: string, versions: readonly string[]): DestinationRuleSpec {
  return {
    host: serviceHost(namespace),
    trafficPolicy: trafficPolicy(),
    subsets: versions.map((version) => ({ name: version, labels: subsetLabels(version) })),
  };
}

/** The VirtualService's spec, for requests through `gateway` and from sidecars alike. */
export function virtualServiceSpec(
  namespace: string,
  gateway: string,
  publicHosts: readonly string[],
  split: TrafficSplit,
): VirtualServiceSpec {
  const host = serviceHost(namespace);
  return {
    hosts: [host, ...publicHosts],
    gateways: [`${namespace}/${gateway}`, "mesh"],
    http: canaryRoutes(host, split),
  };
}

/** One host for all versions, and the share of its requests that each version gets. */
export class CanaryRouting extends pulumi.ComponentResource {
  /** Fully qualified host name that clients send, in the mesh and through the gateway. */
  public readonly host: pulumi.Output<string>;

  /**
   * @throws {pulumi.ResourceError} when `canaryWeight` is not an integer from 0 to 100, or both versions have one name.
   * The routes fail, and stay as they are, when a version with weight has no ready pod.
   */
  public constructor(name: string, args: CanaryRoutingArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vllm-istio-canary:index:CanaryRouting", name, {}, opts);
    const fault = splitFault(args);
    if (fault !== undefined) throw new pulumi.ResourceError(fault, this, true);
    const metadata = { name: SERVICE_NAME, namespace: args.namespace };
    const namespace = pulumi.output(args.namespace);
    new k8s.core.v1.Service(
      `${name}-service`,
      { metadata: { ...metadata, labels: serviceLabels() }, spec: serviceSpec() },
      { parent: this },
    );
    const gatewaySpecs = pulumi
      .all([namespace, args.gatewaySelector])
      .apply(([space, selector]) => gatewaySpec(space, selector, args));
    const gateway = this.addIstio(`${name}-gateway`, "Gateway", metadata, gatewaySpecs);
    const ruleSpec = namespace.apply((space) => destinationRuleSpec(space, [args.stable, args.canary]));
    // The proxies must know the subsets before a route names them, or they answer 503.
    const propagated = [new pulumi.ResourceHook(`${name}-propagated`, propagation)];
    const rule = this.addIstio(`${name}-destination-rule`, "DestinationRule", metadata, ruleSpec, {
      hooks: { afterCreate: propagated, afterUpdate: propagated },
    });
    const dependsOn = [gateway, rule];
    this.addIstio(`${name}-virtual-service`, "VirtualService", metadata, routesSpec(args), { dependsOn });
    this.host = namespace.apply(serviceHost);
    this.registerOutputs({ host: this.host });
  }

  private addIstio(
    name: string,
    kind: string,
    metadata: { name: string; namespace: pulumi.Input<string> },
    spec: pulumi.Output<object>,
    opts: pulumi.CustomResourceOptions = {},
  ): k8s.apiextensions.CustomResource {
    return new k8s.apiextensions.CustomResource(
      name,
      { apiVersion: ISTIO_API, kind, metadata: { ...metadata, annotations: SOLE_WRITER }, spec },
      { ...opts, parent: this },
    );
  }
}

function propagation(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PROPAGATION_MS));
}

/** The routes' spec, once every version that gets traffic is known to be ready. */
function routesSpec(args: CanaryRoutingArgs): pulumi.Output<VirtualServiceSpec> {
  const stickiness = args.stickyVersions ? { isSecure: args.tlsSecret !== undefined } : undefined;
  // Only for a version that gets requests: a broken canary's count never comes, and must not hold up a rollback to 0.
  const asked = {
    stable: args.canaryWeight < 100 ? args.readyPods.stable : undefined,
    canary: args.canaryWeight > 0 ? args.readyPods.canary : undefined,
  };
  return pulumi.all([args.namespace, asked]).apply(([namespace, readyPods]) => {
    const fault = readinessFault(args, readyPods, namespace);
    if (fault !== undefined) throw new pulumi.RunError(fault);
    return virtualServiceSpec(namespace, SERVICE_NAME, args.hosts, { ...args, stickiness });
  });
}

function splitFault({ stable, canary, canaryWeight }: CanaryRoutingArgs): string | undefined {
  if (!Number.isInteger(canaryWeight) || canaryWeight < 0 || canaryWeight > 100) {
    return `canaryWeight is ${canaryWeight}; expected an integer from 0 to 100`;
  }
  return stable === canary ? `stable and canary are both "${stable}"; expected two different names` : undefined;
}
