import type { IDestinationRule } from "@kubernetes-models/istio/networking.istio.io/v1/DestinationRule";

type TrafficPolicy = NonNullable<NonNullable<IDestinationRule["spec"]>["trafficPolicy"]>;

/**
 * How the proxies treat the pods of a version: the least busy of two gets the next request, because answers take from
 * milliseconds to minutes; a pod that cannot be reached is left out for a while.
 */
export function trafficPolicy(): TrafficPolicy {
  return {
    loadBalancer: { simple: "LEAST_REQUEST" },
    connectionPool: {
      tcp: { connectTimeout: "3s", tcpKeepalive: { time: "60s", interval: "15s", probes: 4 } },
      // The service speaks HTTP/1.1. Its queue is the engine's, which knows what it can take: none is made here.
      http: { h2UpgradePolicy: "DO_NOT_UPGRADE" },
    },
    outlierDetection: {
      // A pod that answers, if only that it is overloaded, is there: without it the others would be overloaded next.
      consecutive5xxErrors: 0,
      consecutiveGatewayErrors: 0,
      splitExternalLocalOriginErrors: true,
      consecutiveLocalOriginFailures: 5,
      interval: "10s",
      baseEjectionTime: "30s",
      maxEjectionPercent: 50,
      // Below it the proxies use all pods again: two of two must never both be out.
      minHealthPercent: 50,
    },
  };
}
