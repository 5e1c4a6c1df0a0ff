import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  GATEWAY_NAMESPACE,
  GATEWAY_SELECTOR,
  GATEWAY_SERVICE,
  gatewayUrl,
  loadBalancerAddress,
} from "./gateway-address.ts";
import type { Labels } from "./service-identity.ts";

/** How the ingress gateway is reached: by a cloud load balancer, or from inside the cluster and by port-forward alone. */
export type GatewayServiceType = "LoadBalancer" | "ClusterIP";

/**
 * Labels of a namespace whose pods get a sidecar. What breaks the `restricted` standard is warned of and audited, not
 * refused: without Istio's CNI plugin the sidecar's init container needs NET_ADMIN.
 */
export const INJECTED_NAMESPACE_LABELS: Readonly<Labels> = Object.freeze({
  "istio-injection": "enabled",
  "pod-security.kubernetes.io/warn": "restricted",
  "pod-security.kubernetes.io/audit": "restricted",
});

/** The mesh, as a stack describes it. */
export interface MeshSettings {
  /** Istio release, which is also the version of its three charts. Default "1.31.1". */
  readonly istioVersion: string;
  /** http or https address of the Helm repository of Istio's charts. Default: the one of the Istio project. */
  readonly chartRepository: string;
}

/** The way into the mesh, as a stack describes it. */
export interface GatewaySettings {
  /** How the ingress gateway is reached from outside the cluster. Default "LoadBalancer". */
  readonly serviceType: GatewayServiceType;
}

/** Options of {@link ServiceMesh}. */
export interface ServiceMeshArgs {
  /** The mesh. */
  readonly mesh: MeshSettings;
  /** The way into it. Known when the program runs: only a LoadBalancer has an address to read. */
  readonly gateway: GatewaySettings;
}

/** One chart of Istio and where it goes. */
interface Chart {
  /** Name of the Helm release. Fixed: the gateway's Service and Istio's own lookups derive from it. */
  readonly release: string;
  /** Name of the chart in the repository. */
  readonly chart: string;
  /** Namespace of the release. */
  readonly namespace: k8s.core.v1.Namespace;
  /** Chart values. */
  readonly values: Record<string, unknown>;
}

const SYSTEM_NAMESPACE = "istio-system";
const INSTALL_TIMEOUT_SECONDS = 600;
const RELEASE_HISTORY = 5;
const GATEWAY_DRAIN_SECONDS = 40;
const RUNTIME_SECCOMP = { type: "RuntimeDefault" };

/** Values of Istio's `base` chart: the CRDs, and validation by the `default` revision. */
export function baseValues(): Record<string, unknown> {
  return { defaultRevision: "default" };
}

/**
 * Values of the `istiod` chart: one control plane of 50m CPU and 128Mi, sidecars of 50m and 64Mi that start before and
 * stop after the container they serve.
 */
export function istiodValues(): Record<string, unknown> {
  return {
    // A single replica under the chart's autoscaler gets a disruption budget that blocks every node drain.
    autoscaleEnabled: false,
    replicaCount: 1,
    resources: { requests: { cpu: "50m", memory: "128Mi" } },
    seccompProfile: RUNTIME_SECCOMP,
    // A classic sidecar quits 5 s after SIGTERM and would cut the streams the service still finishes.
    env: { ENABLE_NATIVE_SIDECARS: "true" },
    meshConfig: { accessLogFile: "", defaultConfig: { holdApplicationUntilProxyStarts: true } },
    global: { proxy: { resources: { requests: { cpu: "50m", memory: "64Mi" } } } },
  };
}

/** Values of the `gateway` chart: plain HTTP on port 80, Istio's health port, pods that meet the `restricted` standard. */
export function gatewayValues(serviceType: GatewayServiceType): Record<string, unknown> {
  return {
    labels: GATEWAY_SELECTOR,
    service: {
      type: serviceType,
      ports: [
        { name: "status-port", port: 15021, protocol: "TCP", targetPort: 15021 },
        { name: "http2", port: 80, protocol: "TCP", targetPort: 80 },
      ],
    },
    securityContext: {
      seccompProfile: RUNTIME_SECCOMP,
      sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }],
    },
    resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "512Mi" } },
    autoscaling: { enabled: true, minReplicas: 1, maxReplicas: 3, targetCPUUtilizationPercentage: 80 },
    // Streams outlive the 5 s after which a terminating proxy quits by default.
    env: { EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true" },
    terminationGracePeriodSeconds: GATEWAY_DRAIN_SECONDS,
  };
}

/**
 * Istio on the cluster: CRDs, control plane and one ingress gateway, as Helm releases that are awaited and rolled back
 * when they fail.
 */
export class ServiceMesh extends pulumi.ComponentResource {
  /**
   * The awaited control plane. Pods with a sidecar and Istio's resources must depend on it, so that they are made after
   * its webhooks serve and deleted before those go.
   */
  public readonly controlPlane: pulumi.Resource;

  /** URL of the ingress gateway, as of {@link gatewayUrl}. */
  public readonly gatewayUrl: pulumi.Output<string>;

  /** Installs the three charts into the namespaces istio-system and istio-ingress, which it makes. */
  public constructor(name: string, args: ServiceMeshArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vllm-istio-canary:index:ServiceMesh", name, {}, opts);
    const system = this.addNamespace(`${name}-system`, SYSTEM_NAMESPACE);
    const ingress = this.addNamespace(`${name}-ingress`, GATEWAY_NAMESPACE);
    const install = (suffix: string, chart: Chart, dependsOn: pulumi.Resource[]): k8s.helm.v3.Release =>
      new k8s.helm.v3.Release(`${name}-${suffix}`, releaseArgs(chart, args.mesh), { parent: this, dependsOn });
    const base = install("base", { release: "istio-base", chart: "base", namespace: system, values: baseValues() }, []);
    this.controlPlane = install(
      "istiod",
      { release: "istiod", chart: "istiod", namespace: system, values: istiodValues() },
      [base],
    );
    const values = gatewayValues(args.gateway.serviceType);
    const gateway = install("gateway", { release: GATEWAY_SERVICE, chart: "gateway", namespace: ingress, values }, [
      this.controlPlane,
    ]);
    this.gatewayUrl =
      args.gateway.serviceType === "LoadBalancer"
        ? this.readAddress(`${name}-gateway-service`, gateway).apply(gatewayUrl)
        : pulumi.output(gatewayUrl(undefined));
    this.registerOutputs({ gatewayUrl: this.gatewayUrl });
  }

  private addNamespace(name: string, namespace: string): k8s.core.v1.Namespace {
    return new k8s.core.v1.Namespace(name, { metadata: { name: namespace } }, { parent: this });
  }

  private readAddress(name: string, gateway: k8s.helm.v3.Release): pulumi.Output<string> {
    // Through the release's id, which a first preview does not know, the read waits until the Service exists.
    const id = gateway.id.apply(() => `${GATEWAY_NAMESPACE}/${GATEWAY_SERVICE}`);
    return k8s.core.v1.Service.get(name, id, { parent: this, dependsOn: [gateway] }).status.apply(loadBalancerAddress);
  }
}

/** Arguments of the Helm release of one chart. */
function releaseArgs({ release, chart, namespace, values }: Chart, mesh: MeshSettings): k8s.helm.v3.ReleaseArgs {
  return {
    name: release,
    chart,
    namespace: namespace.metadata.name,
    version: mesh.istioVersion,
    repositoryOpts: { repo: mesh.chartRepository },
    values,
    atomic: true,
    cleanupOnFail: true,
    maxHistory: RELEASE_HISTORY,
    timeout: INSTALL_TIMEOUT_SECONDS,
  };
}
