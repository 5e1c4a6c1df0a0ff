import type { IEnvoyFilter } from "@kubernetes-models/istio/networking.istio.io/v1alpha3/EnvoyFilter";

/** One change of a proxy's configuration. */
export type ConfigPatch = NonNullable<NonNullable<IEnvoyFilter["spec"]>["configPatches"]>[number];

/** Configuration of an Envoy filter; `@type` names its message. */
export type FilterConfig = { readonly "@type": string } & Readonly<Record<string, unknown>>;

/** An HTTP filter of the gateway that does something for chosen hosts alone. */
export interface HostFilter {
  /** What the filter is for; unique among the filters of these hosts. */
  readonly purpose: string;
  /** Where it goes: ahead of everything, or behind authentication and authorization, just ahead of the routing. */
  readonly position: "first" | "last";
  /** Configuration for all other hosts, with which it does nothing. */
  readonly inert: FilterConfig;
  /** Configuration for the chosen hosts. */
  readonly active: FilterConfig;
}

const CONNECTION_MANAGER = "envoy.filters.network.http_connection_manager";
const ROUTER = "envoy.filters.http.router";

/**
 * The patches that put `filter` into a gateway for `hosts`, of which there is at least one. Its name has the first host
 * in it: Envoy configures filters of one name alike, and other services of the gateway may filter by the same means.
 */
export function hostFilterPatches(hosts: readonly string[], filter: HostFilter): ConfigPatch[] {
  const name = `${filter.purpose}/${hosts[0] ?? ""}`;
  const isFirst = filter.position === "first";
  const insertion: ConfigPatch = {
    applyTo: "HTTP_FILTER",
    match: {
      context: "GATEWAY",
      listener: {
        filterChain: { filter: { name: CONNECTION_MANAGER, ...(!isFirst && { subFilter: { name: ROUTER } }) } },
      },
    },
    patch: {
      operation: isFirst ? "INSERT_FIRST" : "INSERT_BEFORE",
      value: { name, typed_config: filter.inert },
    },
  };
  // Hosts with the same routes share a virtual host, whose name has only one of them: its domains have all.
  const activations = hosts.map((host): ConfigPatch => ({
    applyTo: "VIRTUAL_HOST",
    match: { context: "GATEWAY", routeConfiguration: { vhost: { domainName: host } } },
    patch: { operation: "MERGE", value: { typed_per_filter_config: { [name]: filter.active } } },
  }));
  return [insertion, ...activations];
}
