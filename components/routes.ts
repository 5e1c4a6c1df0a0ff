import type { IVirtualService } from "@kubernetes-models/istio/networking.istio.io/v1/VirtualService";
import { bucketBelow, bucketCookie, BUCKETS } from "./sticky-cookie.ts";

/** Request header whose value, when it is the canary's name, sends the request to the canary whatever the weight. */
export const AB_TEST_HEADER = "x-ab-test";

/** How a client keeps the version it was drawn to. */
export interface Stickiness {
  /** Whether its cookie travels over TLS alone. */
  readonly isSecure: boolean;
}

/** Which versions share the traffic, and how. */
export interface TrafficSplit {
  /** Name of the stable version. */
  readonly stable: string;
  /** Name of the canary; differs from `stable`. */
  readonly canary: string;
  /** Percent of the requests, or of the clients when they are sticky, that the canary gets. Integer, 0-100. */
  readonly canaryWeight: number;
  /** How a client keeps its version. Undefined: each request is drawn anew. */
  readonly stickiness: Stickiness | undefined;
}

type HttpRoute = NonNullable<NonNullable<IVirtualService["spec"]>["http"]>[number];
type Destinations = NonNullable<HttpRoute["route"]>;

// Only what never reached a server is retried: a prompt must not be generated twice. No timeout, which is the default
// and cannot be said otherwise: a stream has no deadline.
const DELIVERY = { retries: { attempts: 2, retryOn: "connect-failure,refused-stream" } };

/**
 * The VirtualService's routes: the header first, then the cookie when clients are sticky, then the draw. A client's
 * bucket never changes; those below the weight are the canary's, so that another weight moves only the buckets between.
 */
export function canaryRoutes(host: string, split: TrafficSplit): HttpRoute[] {
  const { canary, stickiness } = split;
  const byHeader: HttpRoute = {
    name: "ab-test",
    match: [{ headers: { [AB_TEST_HEADER]: { exact: canary } } }],
    route: [{ destination: { host, subset: canary } }],
    ...DELIVERY,
  };
  const draw = stickiness === undefined ? drawEachRequest(host, split) : drawBucket(host, split, stickiness);
  const byCookie = stickiness === undefined ? [] : cookieRoutes(host, split);
  return [byHeader, ...byCookie, { name: "weighted", route: draw, ...DELIVERY }];
}

/** Both destinations stay at weight 0 and 100, so that a rollback changes two numbers and nothing else. */
function drawEachRequest(host: string, { stable, canary, canaryWeight }: TrafficSplit): Destinations {
  return [
    { destination: { host, subset: stable }, weight: 100 - canaryWeight },
    { destination: { host, subset: canary }, weight: canaryWeight },
  ];
}

function drawBucket(host: string, split: TrafficSplit, { isSecure }: Stickiness): Destinations {
  return Array.from({ length: BUCKETS }, (_, bucket) => ({
    destination: { host, subset: bucket < split.canaryWeight ? split.canary : split.stable },
    weight: 1,
    headers: { response: { add: { "set-cookie": bucketCookie(bucket, isSecure) } } },
  }));
}

function cookieRoutes(host: string, { stable, canary, canaryWeight }: TrafficSplit): HttpRoute[] {
  const route = (name: string, limit: number, subset: string): HttpRoute => ({
    name,
    match: [{ headers: { cookie: { regex: bucketBelow(limit) } } }],
    route: [{ destination: { host, subset } }],
    ...DELIVERY,
  });
  const toCanary = canaryWeight > 0 ? [route("sticky-canary", canaryWeight, canary)] : [];
  return [...toCanary, route("sticky-stable", BUCKETS, stable)];
}
