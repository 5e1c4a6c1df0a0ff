import { identityOf, kindOf, type Resource, type ResourceRule, type StackRule } from "./resource.ts";

interface Route {
  readonly name?: string;
  readonly route?: readonly { readonly weight?: number }[];
}

interface VirtualService {
  readonly hosts?: readonly string[];
  readonly gateways?: readonly string[];
  readonly http?: readonly Route[];
}

interface CanaryStrategy {
  readonly virtualService?: { readonly name?: string };
  readonly virtualServices?: readonly { readonly name?: string }[];
}

const MESH = "mesh";

/** Istio takes any sum and scales it: 10 and 80 would be a split that nobody wrote. */
export const routeWeights: ResourceRule = {
  name: "route-weights",
  description: "The weights of every route of a VirtualService sum to 100.",
  check: (resource) =>
    (virtualServiceOf(resource)?.http ?? []).flatMap((route, index) => {
      const sum = weightOf(route);
      return sum === 100 ? [] : [`the weights of route ${route.name ?? index} sum to ${sum}`];
    }),
};

/** Istio merges two VirtualServices of one host in no set order, and two writers undo one another's weights. */
export const oneWriter: StackRule = {
  name: "one-writer",
  description: "A host at a gateway has one VirtualService, and a VirtualService has one writer.",
  checkStack: (resources) => [...sharedHosts(resources), ...secondWriters(resources)],
};

/** A route with a single destination takes all its requests, and redirects and direct answers need no destination. */
function weightOf({ route = [] }: Route): number {
  if (route.length === 0) return 100;
  const [only, ...others] = route;
  return others.length === 0 ? (only?.weight ?? 100) : route.reduce((sum, { weight = 0 }) => sum + weight, 0);
}

function sharedHosts(resources: readonly Resource[]): string[] {
  const owners = new Map<string, string>();
  return virtualServices(resources).flatMap(({ resource, spec }) =>
    claimsOf(resource, spec).flatMap((claim) => {
      const owner = owners.get(claim) ?? resource.name;
      owners.set(claim, owner);
      return owner === resource.name ? [] : [`${resource.name}: ${claim} is ${owner}'s already`];
    }),
  );
}

function claimsOf(resource: Resource, { hosts = [], gateways = [MESH] }: VirtualService): string[] {
  const [namespace = ""] = identityOf(resource).split("/");
  const full = (gateway: string): string =>
    gateway === MESH || gateway.includes("/") ? gateway : `${namespace}/${gateway}`;
  const claims = hosts.flatMap((host) => gateways.map((gateway) => `host ${host} at gateway ${full(gateway)}`));
  return Array.from(new Set(claims));
}

function secondWriters(resources: readonly Resource[]): string[] {
  const writers = new Map(
    resources.flatMap((rollout) => managedBy(rollout).map((identity) => [identity, rollout.name] as const)),
  );
  return virtualServices(resources).flatMap(({ resource }) => {
    const writer = writers.get(identityOf(resource));
    return writer === undefined
      ? []
      : [`${resource.name}: Rollout ${writer} writes the weights of this VirtualService too`];
  });
}

/** The VirtualServices whose weights a Rollout of Argo moves. */
function managedBy(resource: Resource): string[] {
  if (kindOf(resource) !== "Rollout") return [];
  const [namespace = ""] = identityOf(resource).split("/");
  const { spec } = resource.props as {
    spec?: { strategy?: { canary?: { trafficRouting?: { istio?: CanaryStrategy } } } };
  };
  const istio = spec?.strategy?.canary?.trafficRouting?.istio;
  const names = [istio?.virtualService, ...(istio?.virtualServices ?? [])].map((reference) => reference?.name);
  return names.filter((name) => name !== undefined).map((name) => `${namespace}/${name}`);
}

function virtualServiceOf(resource: Resource): VirtualService | undefined {
  return kindOf(resource) === "VirtualService" ? (resource.props["spec"] ?? {}) : undefined;
}

function virtualServices(resources: readonly Resource[]): { resource: Resource; spec: VirtualService }[] {
  return resources.flatMap((resource) => {
    const spec = virtualServiceOf(resource);
    return spec === undefined ? [] : [{ resource, spec }];
  });
}
