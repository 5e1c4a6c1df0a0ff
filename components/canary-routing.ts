import type { IDestinationRule } from "@kubernetes-models/istio/networking.istio.io/v1/DestinationRule";
import type { IGateway } from "@kubernetes-models/istio/networking.istio.io/v1/Gateway";
import type { IVirtualService } from "@kubernetes-models/istio/networking.istio.io/v1/VirtualService";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { HTTP_PORT, type Labels, SERVICE_NAME, serviceHost, serviceLabels, subsetLabels } from "./service-identity.ts";

/** Request header whose value, when it is the canary's name, sends the request to the canary whatever the weight. */
export const AB_TEST_HEADER = "x-ab-test";

/** Which versions share the traffic, and how. */
export interface TrafficSplit {
  /** Name of the stable version. */
  readonly stable: string;
  /** Name of the canary; differs from `stable`. */
  readonly canary: string;
  /** Percent of the requests that the canary gets; the stable version gets the rest. Integer, 0-100. */
  readonly canaryWeight: number;
}

/** Options of {@link CanaryRouting}. */
export interface CanaryRoutingArgs extends TrafficSplit {
  /** Namespace of the versions' pods and of everything this component makes. */
  readonly namespace: pulumi.Input<string>;
  /** Labels of the ingress gateway's pods that serve the host. */
  readonly gatewaySelector: Readonly<Labels>;
}

type GatewaySpec = NonNullable<IGateway["spec"]>;
type DestinationRuleSpec = NonNullable<IDestinationRule["spec"]>;
type VirtualServiceSpec = NonNullable<IVirtualService["spec"]>;
type HttpRoute = NonNullable<VirtualServiceSpec["http"]>[number];

const ISTIO_API = "networking.istio.io/v1";
/** The stack is the only writer of the traffic: what was edited by hand meanwhile is overwritten, not a conflict. */
const SOLE_WRITER = Object.freeze({ "pulumi.com/patchForce": "true" });
const GATEWAY_PORT = 80;

/** The Service's spec: all pods of all versions, as HTTP. */
export function serviceSpec(): k8s.types.input.core.v1.ServiceSpec {
  return {
    selector: serviceLabels(),
    ports: [{ name: "http", port: HTTP_PORT, targetPort: "http", appProtocol: "http" }],
  };
}

/** The Istio Gateway's spec: plain HTTP on port 80 for the Service's full host name alone; other hosts get 404. */
export function gatewaySpec(namespace: string, selector: Readonly<Labels>): GatewaySpec {
  const port = { number: GATEWAY_PORT, name: "http", protocol: "HTTP" };
  return { selector: { ...selector }, servers: [{ port, hosts: [serviceHost(namespace)] }] };
}

/** The DestinationRule's spec: one subset for each version, whatever its weight. */
export function destinationRuleSpec(namespace: string, versions: readonly string[]): DestinationRuleSpec {
  return {
    host: serviceHost(namespace),
    subsets: versions.map((version) => ({ name: version, labels: subsetLabels(version) })),
  };
}

/**
 * The VirtualService's routes: the header first, then the weighted draw. Both destinations stay at weight 0 and 100, so
 * that a rollback changes two numbers and nothing else.
 */
export function canaryRoutes(host: string, { stable, canary, canaryWeight }: TrafficSplit): HttpRoute[] {
  const destination = (subset: string) => ({ host, subset });
  // Only what never reached a server is retried: a prompt must not be generated twice. No timeout, which is the default
  // and cannot be said otherwise: a stream has no deadline.
  const delivery = { retries: { attempts: 2, retryOn: "connect-failure,refused-stream" } };
  return [
    {
      name: "ab-test",
      match: [{ headers: { [AB_TEST_HEADER]: { exact: canary } } }],
      route: [{ destination: destination(canary) }],
      ...delivery,
    },
    {
      name: "weighted",
      route: [
        { destination: destination(stable), weight: 100 - canaryWeight },
        { destination: destination(canary), weight: canaryWeight },
      ],
      ...delivery,
    },
  ];
}

/** The VirtualService's spec, for requests through `gateway` and from sidecars alike. */
export function virtualServiceSpec(namespace: string, gateway: string, split: TrafficSplit): VirtualServiceSpec {
  const host = serviceHost(namespace);
  return { hosts: [host], gateways: [`${namespace}/${gateway}`, "mesh"], http: canaryRoutes(host, split) };
}

/** One host for all versions, and the share of its requests that each version gets. */
export class CanaryRouting extends pulumi.ComponentResource {
  /** Fully qualified host name that clients send, in the mesh and through the gateway. */
  public readonly host: pulumi.Output<string>;

  /**
   * @throws {pulumi.ResourceError} when `canaryWeight` is not an integer from 0 to 100, or both versions have one name.
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
    const gateway = this.addIstio(`${name}-gateway`, "Gateway", metadata, (space) =>
      gatewaySpec(space, args.gatewaySelector),
    );
    const rule = this.addIstio(`${name}-destination-rule`, "DestinationRule", metadata, (space) =>
      destinationRuleSpec(space, [args.stable, args.canary]),
    );
    // The proxies must know the subsets before a route names them, or they answer 503.
    this.addIstio(
      `${name}-virtual-service`,
      "VirtualService",
      metadata,
      (space) => virtualServiceSpec(space, SERVICE_NAME, args),
      [gateway, rule],
    );
    this.host = namespace.apply(serviceHost);
    this.registerOutputs({ host: this.host });
  }

  private addIstio(
    name: string,
    kind: string,
    metadata: { name: string; namespace: pulumi.Input<string> },
    spec: (namespace: string) => object,
    dependsOn: pulumi.Resource[] = [],
  ): k8s.apiextensions.CustomResource {
    return new k8s.apiextensions.CustomResource(
      name,
      {
        apiVersion: ISTIO_API,
        kind,
        metadata: { ...metadata, annotations: SOLE_WRITER },
        spec: pulumi.output(metadata.namespace).apply(spec),
      },
      { parent: this, dependsOn },
    );
  }
}

function splitFault({ stable, canary, canaryWeight }: TrafficSplit): string | undefined {
  if (!Number.isInteger(canaryWeight) || canaryWeight < 0 || canaryWeight > 100) {
    return `canaryWeight is ${canaryWeight}; expected an integer from 0 to 100`;
  }
  return stable === canary ? `stable and canary are both "${stable}"; expected two different names` : undefined;
}
