import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { GATEWAY_PODS, type GatewayService, loadBalancerAddress } from "./gateway-address.ts";
import {
  ACCESS_LOG_PROVIDER,
  baseValues,
  cniValues,
  gatewayValues,
  istiodValues,
  type MeshShape,
  type Platform,
} from "./mesh-values.ts";
import type { Labels } from "./service-identity.ts";

/** The mesh, as a stack describes it. */
export interface MeshSettings {
  /**
   * Whether Istio and its gateway are installed. false: the cluster has them, which is checked, and they are left as they
   * are. Default true.
   */
  readonly install: boolean;
  /** Istio release, which is also the version of its charts. Default "1.31.1". Not used where Istio is not installed. */
  readonly istioVersion: string;
  /** http or https address of the Helm repository of Istio's charts. Default: the one of the Istio project. */
  readonly chartRepository: string;
  /**
   * Whether Istio's CNI plugin sets the sidecars up, so that no pod needs rights over the network and the namespaces of
   * versions and gateway can refuse whatever breaks the Pod Security standard `restricted`. Where Istio is not
   * installed: whether it has the plugin. false: what breaks the standard is warned of and audited. Default true.
   */
  readonly cni: boolean;
  /** Kind of the cluster, where Istio must know it: gke, k3d, k3s, microk8s, minikube or openshift. Default: none. */
  readonly platform: Platform | undefined;
  /** Revision of an Istio that is already there, as its `istio.io/rev` label. Default: the one without a revision. */
  readonly revision: string | undefined;
}

/** A mesh that versions run in, and the way into it. */
export interface Mesh extends pulumi.ComponentResource {
  /**
   * The control plane. Pods with a sidecar and Istio's resources must depend on it, so that they are made after its
   * webhooks serve and deleted before those go.
   */
  readonly controlPlane: pulumi.Resource;
  /** Labels of the ingress gateway's pods, by which an Istio Gateway selects them. */
  readonly gatewaySelector: pulumi.Output<Labels>;
  /** Address of the gateway's load balancer, "" while it has none; undefined for a gateway without one. */
  readonly gatewayAddress: pulumi.Output<string | undefined>;
}

/** Options of {@link ServiceMesh}. */
export interface ServiceMeshArgs {
  /** The mesh. */
  readonly mesh: Pick<MeshSettings, "istioVersion" | "chartRepository" | "cni" | "platform">;
  /** Namespace and Service of the ingress gateway. Its type is known when the program runs. */
  readonly gateway: GatewayService;
  /** Whether the mesh survives the loss of a node. */
  readonly highAvailability: boolean;
}

/** One chart of Istio and where it goes. */
interface Chart {
  /** Name of the Helm release. Fixed, or the name of the gateway's Service, which derives from it. */
  readonly release: string;
  /** Name of the chart in the repository. */
  readonly chart: string;
  /** Namespace of the release. */
  readonly namespace: k8s.core.v1.Namespace;
  /** Chart values. */
  readonly values: Record<string, unknown>;
}

/** Namespace of Istio's control plane. */
export const CONTROL_PLANE_NAMESPACE = "istio-system";

const INSTALL_TIMEOUT_SECONDS = 600;
const RELEASE_HISTORY = 5;

/** How far a namespace refuses pods that break the Pod Security standard `restricted`, as of {@link MeshSettings.cni}. */
export function podSecurityLabels({ cni }: Pick<MeshSettings, "cni">): Labels {
  const modes = cni ? ["enforce", "warn", "audit"] : ["warn", "audit"];
  return Object.fromEntries(modes.map((mode) => [`pod-security.kubernetes.io/${mode}`, "restricted"]));
}

/** Labels of a namespace whose pods get a sidecar, and which refuses what breaks the standard `restricted`. */
export function injectedNamespaceLabels(mesh: Pick<MeshSettings, "cni" | "revision">): Labels {
  const injection = mesh.revision === undefined ? { "istio-injection": "enabled" } : { "istio.io/rev": mesh.revision };
  return { ...injection, ...podSecurityLabels(mesh) };
}

/**
 * Istio on the cluster: CRDs, CNI plugin, control plane and one ingress gateway with an access log, as Helm releases that
 * are awaited and rolled back when they fail.
 */
export class ServiceMesh extends pulumi.ComponentResource implements Mesh {
  public readonly controlPlane: pulumi.Resource;
  public readonly gatewaySelector: pulumi.Output<Labels>;
  public readonly gatewayAddress: pulumi.Output<string | undefined>;

  readonly #args: ServiceMeshArgs;

  /** Installs the charts into the namespaces of the control plane and of the gateway, which it makes. */
  public constructor(name: string, args: ServiceMeshArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vllm-istio-canary:index:ServiceMesh", name, {}, opts);
    this.#args = args;
    this.controlPlane = this.installControlPlane(name);
    const gateway = this.installGateway(name);
    this.gatewaySelector = pulumi.output({ ...GATEWAY_PODS });
    this.gatewayAddress =
      args.gateway.serviceType === "LoadBalancer"
        ? this.readAddress(`${name}-gateway-service`, gateway)
        : pulumi.output(undefined);
    this.registerOutputs({ gatewayAddress: this.gatewayAddress });
  }

  private installControlPlane(name: string): pulumi.Resource {
    const { mesh } = this.#args;
    const namespace = this.addNamespace(`${name}-system`, CONTROL_PLANE_NAMESPACE, {});
    const base = this.install(`${name}-base`, {
      release: "istio-base",
      chart: "base",
      namespace,
      values: baseValues(),
    });
    const cni = (): pulumi.Resource =>
      this.install(`${name}-cni`, { release: "istio-cni", chart: "cni", namespace, values: cniValues(this.shape()) }, [
        base,
      ]);
    const values = istiodValues(this.shape());
    const before = mesh.cni ? [base, cni()] : [base];
    return this.install(`${name}-istiod`, { release: "istiod", chart: "istiod", namespace, values }, before);
  }

  private installGateway(name: string): k8s.helm.v3.Release {
    const { mesh, gateway } = this.#args;
    const namespace = this.addNamespace(`${name}-ingress`, gateway.namespace, podSecurityLabels(mesh));
    const values = gatewayValues(gateway.serviceType, this.shape());
    const accessLog = new k8s.apiextensions.CustomResource(
      `${name}-access-log`,
      {
        apiVersion: "telemetry.istio.io/v1",
        kind: "Telemetry",
        metadata: { name: ACCESS_LOG_PROVIDER, namespace: namespace.metadata.name },
        spec: { accessLogging: [{ providers: [{ name: ACCESS_LOG_PROVIDER }] }] },
      },
      { parent: this, dependsOn: [this.controlPlane] },
    );
    return this.install(`${name}-gateway`, { release: gateway.service, chart: "gateway", namespace, values }, [
      this.controlPlane,
      accessLog,
    ]);
  }

  private shape(): MeshShape {
    const { mesh, highAvailability } = this.#args;
    return { cni: mesh.cni, platform: mesh.platform, highAvailability };
  }

  private addNamespace(name: string, namespace: string, labels: Labels): k8s.core.v1.Namespace {
    return new k8s.core.v1.Namespace(name, { metadata: { name: namespace, labels } }, { parent: this });
  }

  private install(name: string, chart: Chart, dependsOn: pulumi.Resource[] = []): k8s.helm.v3.Release {
    return new k8s.helm.v3.Release(name, releaseArgs(chart, this.#args), { parent: this, dependsOn });
  }

  private readAddress(name: string, release: k8s.helm.v3.Release): pulumi.Output<string> {
    const { namespace, service } = this.#args.gateway;
    // Through the release's id, which a first preview does not know, the read waits until the Service exists.
    const id = release.id.apply(() => `${namespace}/${service}`);
    return k8s.core.v1.Service.get(name, id, { parent: this, dependsOn: [release] }).status.apply(loadBalancerAddress);
  }
}

/** Arguments of the Helm release of one chart. */
function releaseArgs(
  { release, chart, namespace, values }: Chart,
  { mesh }: Pick<ServiceMeshArgs, "mesh">,
): k8s.helm.v3.ReleaseArgs {
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
