import * as pulumi from "@pulumi/pulumi";
import { AB_TEST_HEADER } from "./routes.ts";
import type { Labels } from "./service-identity.ts";

/** How the ingress gateway is reached: by a cloud load balancer, or from inside the cluster and by port-forward alone. */
export type GatewayServiceType = "LoadBalancer" | "ClusterIP";

/** The ingress gateway's Service, by which it is made or found. */
export interface GatewayService {
  /** How the ingress gateway is reached from outside the cluster. Default "LoadBalancer". */
  readonly serviceType: GatewayServiceType;
  /** Namespace of the ingress gateway's pods and Service, not that of the versions. Default "istio-ingress". */
  readonly namespace: string;
  /** Name of the ingress gateway's Service. Default "istio-ingress". */
  readonly service: string;
}

/** Labels of the pods of an ingress gateway that the stack installs. */
export const GATEWAY_PODS: Readonly<Labels> = Object.freeze({ app: "istio-ingress", istio: "ingress" });

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
  /** Fully qualified host name of the service in the mesh. */
  readonly host: pulumi.Input<string>;
  /** First public host name. undefined: the service has none. */
  readonly publicHost: string | undefined;
  /** Whether clients must send a key or a token. */
  readonly asksForKey: boolean;
  /** Name of the canary. */
  readonly canary: string;
  /** The gateway's Service. */
  readonly gateway: GatewayService;
  /** Whether the gateway speaks HTTPS. */
  readonly tls: boolean;
  /** Context of the kubeconfig. */
  readonly kubeContext: string;
}

/** TCP ports of the user's machine that the port-forward opens, for HTTP and HTTPS. */
const LOCAL_PORTS = { http: 8080, https: 8443 };

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
export function gatewayUrl(address: string | undefined, tls: boolean): string {
  const scheme = tls ? "https" : "http";
  if (address === undefined) return `${scheme}://localhost:${LOCAL_PORTS[scheme]}`;
  if (address === "") return "no address yet: run `pulumi up --refresh` once the load balancer has one";
  return address.includes(":") ? `${scheme}://[${address}]` : `${scheme}://${address}`;
}

/** The commands that reach the service from the user's shell. A key or token is taken from the variable `API_KEY`. */
export function tryIt(args: TryItArgs): pulumi.Output<TryIt> {
  const portForward = args.gateway.serviceType === "ClusterIP" ? { portForward: portForwardCommand(args) } : {};
  return pulumi.all([args.url, args.host]).apply(([url, host]) => {
    const target = args.publicHost === undefined ? { url, host } : publicTarget(url, args.publicHost);
    const key = args.asksForKey ? ' -H "Authorization: Bearer $API_KEY"' : "";
    return {
      ...portForward,
      completion: curl(target, key),
      abTest: curl(target, `${key} -H "${AB_TEST_HEADER}: ${args.canary}"`),
    };
  });
}

/** The command that serves the gateway on this machine's port 8080, or 8443 for HTTPS. */
export function portForwardCommand({ kubeContext, gateway, tls }: Omit<TryItArgs, "url" | "host">): string {
  const ports = tls ? `${LOCAL_PORTS.https}:443` : `${LOCAL_PORTS.http}:80`;
  const { namespace, service } = gateway;
  return `kubectl --context ${shellWord(kubeContext)} -n ${namespace} port-forward service/${service} ${ports}`;
}

/** Where curl connects to, and what it asks for there. */
interface CurlTarget {
  readonly url: string;
  readonly host?: string;
  readonly connectTo?: string;
}

/** The public name at the gateway's own address, so that it works before the name is in DNS too. */
function publicTarget(url: string, publicHost: string): CurlTarget {
  const { protocol, hostname, port } = new URL(URL.canParse(url) ? url : `https://${publicHost}`);
  return { url: `${protocol}//${publicHost}`, connectTo: `${hostname}:${port}` };
}

// Short, because the CLI cuts an output off after 150 characters; the service takes any content type.
function curl({ url, host, connectTo }: CurlTarget, headers = ""): string {
  const to = connectTo === undefined ? "" : ` --connect-to ::${connectTo}`;
  const name = host === undefined ? "" : ` -H "Host: ${host}"`;
  return `curl -s ${url}/v1/completions${to}${name}${headers} -d '{"prompt":"Hello"}' | jq -r .text`;
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
