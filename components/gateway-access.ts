import type { IEnvoyFilter } from "@kubernetes-models/istio/networking.istio.io/v1alpha3/EnvoyFilter";
import type { IAuthorizationPolicy } from "@kubernetes-models/istio/security.istio.io/v1/AuthorizationPolicy";
import type { IRequestAuthentication } from "@kubernetes-models/istio/security.istio.io/v1/RequestAuthentication";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type ConfigPatch, hostFilterPatches } from "./host-filters.ts";
import { type ClientIdentity, rateLimitPatches, REQUESTS_PER_MINUTE } from "./rate-limit.ts";
import type { Labels } from "./service-identity.ts";

/** Who issues the tokens that let a client in. */
export interface JwtIssuer {
  /** The tokens' `iss` claim, exactly. No blanks, no `*`. Required. */
  readonly issuer: string;
  /** https address of the issuer's JSON Web Key Set, which istiod fetches. Required. */
  readonly jwksUri: string;
  /** Of which the tokens' `aud` claim must have one, exactly. No `*`. Default: any audience. */
  readonly audiences: readonly string[];
}

/** Who may call the service through the gateway, and how often, as a stack describes it beside its API keys. */
export interface GatewayAccessSettings {
  /** Whose tokens let a client in; each issuer once. Not together with API keys. Default: no tokens are asked for. */
  readonly jwt: readonly JwtIssuer[];
  /**
   * Requests a minute that each client may send through each gateway pod: an integer from 1 to 1,000,000. Clients are
   * told apart by API key, else by issuer and subject of their token, else by address. Default: no limit.
   */
  readonly requestsPerMinute: number | undefined;
}

/** Options of {@link GatewayAccess}. */
export interface GatewayAccessArgs extends GatewayAccessSettings {
  /** Namespace of the ingress gateway's pods, and of everything this component makes. */
  readonly gatewayNamespace: pulumi.Input<string>;
  /** Labels of the ingress gateway's pods that serve the hosts. */
  readonly gatewaySelector: pulumi.Input<Labels>;
  /**
   * All host names of the service at the gateway, at least one, in full: no `*`. Other hosts of the gateway are left
   * alone. The first one names what is made, so it must differ from that of any other such component on the gateway.
   */
  readonly hosts: pulumi.Input<readonly string[]>;
  /** Keys of which a client sends one as `Authorization: Bearer KEY`; secret. Undefined: no key is asked for. */
  readonly apiKeys: pulumi.Output<readonly string[]> | undefined;
}

type AuthenticationSpec = NonNullable<IRequestAuthentication["spec"]>;
type PolicySpec = NonNullable<IAuthorizationPolicy["spec"]>;
type PolicyRule = NonNullable<PolicySpec["rules"]>[number];
type EnvoyFilterSpec = NonNullable<IEnvoyFilter["spec"]>;

const SECURITY_API = "security.istio.io/v1";
const FILTER_PRIORITY = 10;
const ENVOY_FILTER_API = "networking.istio.io/v1alpha3";
/** The stack alone says who may call: what was edited by hand meanwhile is overwritten, not a conflict. */
const SOLE_WRITER = Object.freeze({ "pulumi.com/patchForce": "true" });
/** Header in which the gateway hands a token of our hosts from filter to filter. */
const TOKEN_HEADER = "x-vllm-service-token";
const HEADER_MUTATION = "type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutation";

/**
 * The RequestAuthentication's spec. It holds for every host of the gateway and answers 401 to a token it does not know,
 * so it looks where no client of other hosts sends one; {@link tokenPatches} brings the tokens of ours there.
 */
export function authenticationSpec(selector: Readonly<Labels>, issuers: readonly JwtIssuer[]): AuthenticationSpec {
  return {
    selector: { matchLabels: { ...selector } },
    jwtRules: issuers.map(({ issuer, jwksUri, audiences }) => ({
      issuer,
      jwksUri,
      ...(audiences.length > 0 && { audiences: [...audiences] }),
      fromHeaders: [{ name: TOKEN_HEADER, prefix: "Bearer " }],
    })),
  };
}

/** The patches that move the `Authorization` header of requests to `hosts` to where the authentication looks for it. */
export function tokenPatches(hosts: readonly string[]): ConfigPatch[] {
  const header = { key: TOKEN_HEADER, value: "%REQ(authorization)%" };
  const moves = [
    { append: { header, append_action: "OVERWRITE_IF_EXISTS_OR_ADD" } },
    // The token ends here: neither the versions nor another service's authentication gets to see it.
    { remove: "authorization" },
  ];
  return hostFilterPatches(hosts, {
    purpose: "access-token",
    position: "first",
    inert: { "@type": HEADER_MUTATION },
    active: { "@type": `${HEADER_MUTATION}PerRoute`, mutations: { request_mutations: moves } },
  });
}

/** The rule that denies what comes to `hosts`, on any port, without one of `keys`. */
export function keyRules(hosts: readonly string[], keys: readonly string[]): PolicyRule[] {
  const notValues = keys.map((key) => `Bearer ${key}`);
  return [{ to: operationsOn(hosts), when: [{ key: "request.headers[authorization]", notValues }] }];
}

/** The rules that deny what comes to `hosts`, on any port, without a valid token of one of `issuers`. */
export function tokenRules(hosts: readonly string[], issuers: readonly JwtIssuer[]): PolicyRule[] {
  const to = operationsOn(hosts);
  const tokensOf = ({ issuer }: JwtIssuer): string => `${issuer}/*`;
  // Another service of the gateway may trust other issuers, or the same ones for other audiences: its tokens are no use.
  const wrongAudiences = issuers
    .filter(({ audiences }) => audiences.length > 0)
    .map((issuer) => ({
      to,
      from: [{ source: { requestPrincipals: [tokensOf(issuer)] } }],
      when: [{ key: "request.auth.audiences", notValues: [...issuer.audiences] }],
    }));
  return [{ to, from: [{ source: { notRequestPrincipals: issuers.map(tokensOf) } }] }, ...wrongAudiences];
}

/**
 * `hosts`, as they are.
 *
 * @throws {pulumi.RunError} when there is none, or one has a `*`: a policy for them would bar other services' hosts, or
 * let a request in that names a port.
 */
export function exactHosts(hosts: readonly string[]): readonly string[] {
  if (hosts.length === 0) throw new pulumi.RunError("hosts is []; expected at least one host name");
  const wildcard = hosts.find((host) => host.includes("*"));
  if (wildcard === undefined) return hosts;
  throw new pulumi.RunError(`hosts has "${wildcard}"; expected host names in full, without *`);
}

/**
 * Who may call the service through the ingress gateway, and how often. Makes what is asked for alone: with no keys, no
 * issuers and no limit nothing. Without a valid key 403; without a token 403, with an invalid one 401; above the limit
 * 429. Calls from inside the mesh do not pass the gateway.
 *
 * A gateway that also has ports of plain TCP would refuse everybody there, once keys or tokens are asked for.
 *
 * The cluster holds the API keys in the AuthorizationPolicy: who may read those of the gateway's namespace reads them.
 */
export class GatewayAccess extends pulumi.ComponentResource {
  readonly #namespace: pulumi.Input<string>;
  readonly #selector: pulumi.Output<Labels>;
  readonly #hosts: pulumi.Output<readonly string[]>;

  /**
   * @throws {pulumi.ResourceError} when there are both API keys and issuers, or `requestsPerMinute` is not an integer from
   * 1 to 1,000,000. What is made fails as {@link exactHosts} does.
   */
  public constructor(name: string, args: GatewayAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vllm-istio-canary:index:GatewayAccess", name, {}, opts);
    const fault = accessFault(args);
    if (fault !== undefined) throw new pulumi.ResourceError(fault, this, true);
    this.#namespace = args.gatewayNamespace;
    this.#selector = pulumi.output(args.gatewaySelector);
    this.#hosts = pulumi.output(args.hosts).apply(exactHosts);
    const { apiKeys, jwt } = args;
    if (apiKeys !== undefined) {
      const rules = pulumi.all([this.#hosts, pulumi.secret(apiKeys)]).apply(([hosts, keys]) => keyRules(hosts, keys));
      this.addPolicy(`${name}-policy`, rules);
    }
    if (jwt.length > 0) {
      const spec = this.#selector.apply((selector) => authenticationSpec(selector, jwt));
      this.add(`${name}-authentication`, { apiVersion: SECURITY_API, kind: "RequestAuthentication", spec });
      this.addPolicy(
        `${name}-policy`,
        this.#hosts.apply((hosts) => tokenRules(hosts, jwt)),
      );
    }
    if (jwt.length > 0 || args.requestsPerMinute !== undefined) this.addFilters(`${name}-filters`, args);
    this.registerOutputs();
  }

  private addPolicy(name: string, rules: pulumi.Output<PolicyRule[]>): void {
    const spec = pulumi
      .all([this.#selector, rules])
      .apply(([matchLabels, all]): PolicySpec => ({ selector: { matchLabels }, action: "DENY", rules: all }));
    this.add(name, { apiVersion: SECURITY_API, kind: "AuthorizationPolicy", spec });
  }

  private addFilters(name: string, args: GatewayAccessArgs): void {
    const spec = pulumi.all([this.#selector, this.#hosts]).apply(([labels, hosts]): EnvoyFilterSpec => ({
      // After those of the gateway's owner, whose filters ours are put relative to.
      priority: FILTER_PRIORITY,
      workloadSelector: { labels },
      configPatches: accessPatches(hosts, args),
    }));
    this.add(name, { apiVersion: ENVOY_FILTER_API, kind: "EnvoyFilter", spec });
  }

  private add(name: string, object: { apiVersion: string; kind: string; spec: pulumi.Output<object> }): void {
    const host = this.#hosts.apply(([first = ""]) => first);
    const metadata = { name: host, namespace: this.#namespace, annotations: SOLE_WRITER };
    new k8s.apiextensions.CustomResource(name, { ...object, metadata }, { parent: this });
  }
}

/** By what the limit tells clients apart: the best that the gateway has verified. */
function clientIdentity({ apiKeys, jwt }: GatewayAccessArgs): ClientIdentity {
  if (jwt.length > 0) return "subject";
  return apiKeys === undefined ? "address" : "authorization";
}

function accessPatches(hosts: readonly string[], args: GatewayAccessArgs): ConfigPatch[] {
  const { jwt, requestsPerMinute } = args;
  return [
    ...(jwt.length > 0 ? tokenPatches(hosts) : []),
    ...(requestsPerMinute === undefined ? [] : rateLimitPatches(hosts, requestsPerMinute, clientIdentity(args))),
  ];
}

/** Hosts with and without a port, which Istio compares in any case of letters. */
function operationsOn(hosts: readonly string[]): NonNullable<PolicyRule["to"]> {
  return [{ operation: { hosts: hosts.flatMap((host) => [host, `${host}:*`]) } }];
}

function accessFault({ apiKeys, jwt, requestsPerMinute }: GatewayAccessArgs): string | undefined {
  if (apiKeys !== undefined && jwt.length > 0) return "apiKeys and jwt are both set; expected only one of them";
  const { min, max } = REQUESTS_PER_MINUTE;
  if (requestsPerMinute === undefined) return undefined;
  if (Number.isInteger(requestsPerMinute) && requestsPerMinute >= min && requestsPerMinute <= max) return undefined;
  return `requestsPerMinute is ${requestsPerMinute}; expected an integer from ${min} to ${max}`;
}
