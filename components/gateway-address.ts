import * as pulumi from "@pulumi/pulumi";
import { AB_TEST_HEADER } from "./routes.ts";
import type { Labels } from "./service-identity.ts";

/** Namespace of the ingress gateway. Fixed: its port-forward command names it. */
export const GATEWAY_NAMESPACE = "istio-ingress";

/** Name of the ingress gateway's Helm release, and so of its Service. */
export const GATEWAY_SERVICE = "istio-ingress";

/** Labels of the ingress gateway's pods, by which an Istio Gateway selects them. */
export const GATEWAY_SELECTOR: Readonly<Labels> = Object.freeze({ app: GATEWAY_SERVICE, istio: "ingress" });

/** Ready-made commands for a shell, to see the canary at work. */
export interface TryIt {
  /** Opens the way to a gateway that has no address of its own, until it is stopped. Absent for a load balancer. */
  readonly portForward?: string;
  /** Asks for a completion, from the version the weights draw. */
  readonly completion: string;
  /** Asks the canary for a completion, whatever its weight. */
  readonly abTest: string;
}

/** What the commands need to know. */
export interface TryItArgs {
  /** Address of the gateway, as of {@link gatewayUrl}. */
  readonly url: pulumi.Input<string>;
  /** Fully qualified host name of the service. */
  readonly host: pulumi.Input<string>;
  /** Name of the canary. */
  readonly canary: string;
  /** Context of the kubeconfig for a port-forward. Undefined for a load balancer. */
  readonly portForwardContext: string | undefined;
}

/** TCP port of the user's machine that the port-forward opens. */
const LOCAL_PORT = 8080;

/** The part of a Service's status that tells its load balancer's addresses; empty until there are any. */
export interface LoadBalancerStatus {
  readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] };
}

/** The first address in a Service's status: its IP, else its host name, else "". */
export function loadBalancerAddress(status: LoadBalancerStatus | undefined): string {
  const [first] = status?.loadBalancer?.ingress ?? [];
  return first?.ip ?? first?.hostname ?? "";
}

/**
 * The URL of the ingress gateway: of its load balancer's `address`, or of the port-forward when `address` is undefined.
 * While the load balancer has no address (""), a hint in place of the URL.
 */
export function gatewayUrl(address: string | undefined): string {
  if (address === undefined) return `http://localhost:${LOCAL_PORT}`;
  if (address === "") return "no address yet: run `pulumi up --refresh` once the load balancer has one";
  return address.includes(":") ? `http://[${address}]` : `http://${address}`;
}

/** The commands that reach the service from the user's shell. */
export function tryIt({ url, host, canary, portForwardContext }: TryItArgs): pulumi.Output<TryIt> {
  const portForward = portForwardContext === undefined ? {} : { portForward: portForwardCommand(portForwardContext) };
  return pulumi.all([url, host]).apply(([address, name]) => ({
    ...portForward,
    completion: curl(address, name),
    abTest: curl(address, name, ` -H "${AB_TEST_HEADER}: ${canary}"`),
  }));
}

/** The command that serves the gateway on localhost:8080, on the cluster of `context`. */
export function portForwardCommand(context: string): string {
  const target = `-n ${GATEWAY_NAMESPACE} port-forward service/${GATEWAY_SERVICE} ${LOCAL_PORT}:80`;
  return `kubectl --context ${shellWord(context)} ${target}`;
}

// Short, because the CLI cuts an output off after 150 characters; the service takes any content type.
function curl(url: string, host: string, header = ""): string {
  return `curl -s ${url}/v1/completions -H "Host: ${host}"${header} -d '{"prompt":"Hello"}' | jq -r .text`;
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
