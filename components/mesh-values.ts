import { GATEWAY_PODS, type GatewayServiceType } from "./gateway-address.ts";
/** Kinds of clusters on which Istio's CNI plugin needs other folders than usual. */
export type Platform = "gke" | "k3d" | "k3s" | "microk8s" | "minikube" | "openshift";

/** What the values of Istio's charts depend on. */
export interface MeshShape {
  /** Whether Istio's CNI plugin sets the sidecars up. */
  readonly cni: boolean;
  /** Kind of the cluster. undefined: none that Istio knows. */
  readonly platform: Platform | undefined;
  /** Whether the mesh survives the loss of a node. */
  readonly highAvailability: boolean;
}

type Values = Record<string, unknown>;

/** Time from a gateway pod's deletion until streams that still run through it are cut, in seconds: 10 minutes. */
export const GATEWAY_DRAIN_SECONDS = 600;

/** Name by which the mesh's configuration offers the access log of {@link accessLogProvider}. */
export const ACCESS_LOG_PROVIDER = "json-access-log";

const RUNTIME_SECCOMP = { type: "RuntimeDefault" };

function platformValues({ platform }: MeshShape): Values {
  return platform === undefined ? {} : { global: { platform } };
}

function spreadOverNodes(labels: Values): Values[] {
  const selector = { whenUnsatisfiable: "ScheduleAnyway", labelSelector: { matchLabels: labels } };
  return ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    ...selector,
  }));
}

/** Values of Istio's `base` chart: the CRDs, and validation by the `default` revision. */
export function baseValues(): Values {
  return { defaultRevision: "default" };
}

/** Values of the `cni` chart: a small agent on each node. */
export function cniValues(shape: MeshShape): Values {
  const resources = { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "256Mi" } };
  return { ...platformValues(shape), seccompProfile: RUNTIME_SECCOMP, resources };
}

/**
 * The access log: one JSON object a line, without query, body or credentials. `version` is what the answer's
 * `x-model-version` names, so null when no version answered; `upstreamCluster` holds the subset it was meant for.
 */
function accessLogProvider(): Values {
  const labels = {
    time: "%START_TIME%",
    requestId: "%REQ(X-REQUEST-ID)%",
    method: "%REQ(:METHOD)%",
    path: "%PATH(NQ)%",
    authority: "%REQ(:AUTHORITY)%",
    protocol: "%PROTOCOL%",
    status: "%RESPONSE_CODE%",
    flags: "%RESPONSE_FLAGS%",
    details: "%RESPONSE_CODE_DETAILS%",
    version: "%RESP(X-MODEL-VERSION)%",
    upstreamCluster: "%UPSTREAM_CLUSTER%",
    upstreamHost: "%UPSTREAM_HOST%",
    durationMs: "%DURATION%",
    firstByteMs: "%RESPONSE_DURATION%",
    bytesReceived: "%BYTES_RECEIVED%",
    bytesSent: "%BYTES_SENT%",
  };
  return { name: ACCESS_LOG_PROVIDER, envoyFileAccessLog: { path: "/dev/stdout", logFormat: { labels } } };
}

function controlPlaneSize({ highAvailability }: MeshShape): Values {
  const limits = { memory: "4Gi" };
  if (highAvailability) {
    return {
      autoscaleEnabled: true,
      autoscaleMin: 2,
      autoscaleMax: 5,
      topologySpreadConstraints: spreadOverNodes({ app: "istiod" }),
      resources: { requests: { cpu: "500m", memory: "2Gi" }, limits },
    };
  }
  // A single replica under the chart's autoscaler gets a disruption budget that blocks every node drain.
  return { autoscaleEnabled: false, replicaCount: 1, resources: { requests: { cpu: "50m", memory: "128Mi" }, limits } };
}

/**
 * Values of the `istiod` chart: sidecars that start before and stop after the container they serve, and the access log of
 * the gateways. One small control plane, or with high availability 2 to 5, spread over nodes and zones.
 */
export function istiodValues(shape: MeshShape): Values {
  const sidecar = shape.highAvailability ? { cpu: "100m", memory: "128Mi" } : { cpu: "50m", memory: "64Mi" };
  return {
    ...controlPlaneSize(shape),
    seccompProfile: RUNTIME_SECCOMP,
    cni: { enabled: shape.cni },
    // A classic sidecar quits 5 s after SIGTERM and would cut the streams the service still finishes.
    env: { ENABLE_NATIVE_SIDECARS: "true" },
    meshConfig: {
      defaultConfig: { holdApplicationUntilProxyStarts: true },
      extensionProviders: [accessLogProvider()],
    },
    global: { ...(platformValues(shape)["global"] ?? {}), proxy: { resources: { requests: sidecar } } },
  };
}

/**
 * Values of the `gateway` chart: HTTP on port 80, HTTPS on port 443, Istio's health port, and pods that meet the
 * `restricted` standard and finish their streams for {@link GATEWAY_DRAIN_SECONDS}. With high availability at least 3 of
 * them, spread over nodes and zones, of which one at a time may be evicted.
 */
export function gatewayValues(serviceType: GatewayServiceType, shape: MeshShape): Values {
  const { highAvailability } = shape;
  const requests = highAvailability ? { cpu: "500m", memory: "256Mi" } : { cpu: "50m", memory: "64Mi" };
  return {
    ...platformValues(shape),
    labels: GATEWAY_PODS,
    service: { type: serviceType, ports: [port("status-port", 15021), port("http2", 80), port("https", 443)] },
    securityContext: {
      seccompProfile: RUNTIME_SECCOMP,
      sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }],
    },
    resources: { requests, limits: { memory: highAvailability ? "1Gi" : "512Mi" } },
    autoscaling: {
      enabled: true,
      minReplicas: highAvailability ? 3 : 1,
      maxReplicas: highAvailability ? 10 : 3,
      targetCPUUtilizationPercentage: 80,
    },
    // Streams outlive the 5 s after which a terminating proxy quits by default.
    env: { EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true" },
    terminationGracePeriodSeconds: GATEWAY_DRAIN_SECONDS,
    ...(highAvailability
      ? { podDisruptionBudget: { maxUnavailable: 1 }, topologySpreadConstraints: spreadOverNodes(GATEWAY_PODS) }
      : {}),
  };
}

function port(name: string, number: number): Values {
  return { name, port: number, protocol: "TCP", targetPort: number };
}
