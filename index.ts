import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { CanaryRouting } from "./components/canary-routing.ts";
import * as gateway from "./components/gateway-address.ts";
import { verifiedImage } from "./components/image-signature.ts";
import { ModelVersion, type Version } from "./components/model-version.ts";
import { Monitoring } from "./components/monitoring.ts";
import { NetworkPolicies } from "./components/network-policies.ts";
import { addPullSecret, ServiceImage } from "./components/service-image.ts";
import { INJECTED_NAMESPACE_LABELS, ServiceMesh } from "./components/service-mesh.ts";
import { loadSettings } from "./config.ts";

const settings = loadSettings();
const [stable, canary] = settings.versions;
const { canaryWeight, highAvailability, kubeContext, monitoring, serviceImageBuild: build } = settings;

const provider = new k8s.Provider("cluster", { context: kubeContext });

const mesh = new ServiceMesh("mesh", { mesh: settings.mesh, gateway: settings.gateway }, { provider });

const waitingRequestsMetric = settings.versions.some(({ replicas }) => replicas.waitingRequests !== undefined);
if (monitoring.install) {
  const { grafanaAdminPassword } = settings;
  new Monitoring(
    "monitoring",
    { monitoring, grafanaAdminPassword, highAvailability, waitingRequestsMetric },
    { provider },
  );
}

const metadata = { name: settings.namespace, labels: INJECTED_NAMESPACE_LABELS };
const namespace = new k8s.core.v1.Namespace("versions", { metadata }, { provider }).metadata.name;

const { registryUsername: username, registryPassword: password } = settings;
const login = username !== undefined && password !== undefined ? pulumi.output({ username, password }) : undefined;
const built = build === undefined ? settings.serviceImage : new ServiceImage("image", { build, login }).reference;
const publicKeyPem = settings.imageSigningKey;
const verified = (reference: pulumi.Input<string>): pulumi.Input<string> =>
  publicKeyPem === undefined ? reference : verifiedImage({ reference, publicKeyPem, login });
const imagePullSecret = login && addPullSecret("pull-secret", { namespace, image: built ?? "", login }, { provider });

const policies = new NetworkPolicies(
  "network-policies",
  {
    namespace,
    gatewayNamespace: gateway.GATEWAY_NAMESPACE,
    gatewaySelector: gateway.GATEWAY_SELECTOR,
    controlPlaneNamespace: "istio-system",
    monitoringNamespace: monitoring.namespace,
    downloadingVersions: settings.versions.filter(({ engine }) => engine.kind === "vllm").map(({ name }) => name),
    tracingEndpoint: settings.tracingEndpoint,
  },
  { provider, dependsOn: [mesh] },
);

const run = (version: Version, holdsFloor: boolean): ModelVersion =>
  new ModelVersion(
    `vllm-${version.name}`,
    {
      namespace,
      image: verified(version.image ?? built ?? ""),
      imagePullSecret,
      logPrompts: settings.logPrompts,
      version,
      holdsFloor,
      huggingFaceToken: settings.huggingFaceToken,
      tracingEndpoint: settings.tracingEndpoint,
    },
    { provider, dependsOn: [mesh.controlPlane, policies] },
  );
// While the canary is undecided, going back to the stable version must never overload it.
const stablePods = run(stable, canaryWeight > 0);
const canaryPods = run(canary, false);

const routing = new CanaryRouting(
  "routing",
  {
    namespace,
    gatewaySelector: gateway.GATEWAY_SELECTOR,
    hosts: [],
    tlsSecret: undefined,
    stable: stable.name,
    canary: canary.name,
    canaryWeight,
    stickyVersions: settings.stickyVersions,
    readyPods: { stable: stablePods.readyPods, canary: canaryPods.readyPods },
  },
  {
    provider,
    // Traffic waits for the pods that are to get it, and for no others: a broken canary must not hold up a rollback to 0.
    dependsOn: [
      mesh.controlPlane,
      ...(canaryWeight < 100 ? [stablePods] : []),
      ...(canaryWeight > 0 ? [canaryPods] : []),
    ],
  },
);

/** URL of the ingress gateway. Requests must send {@link host} as their Host header; any other host gets 404. */
export const gatewayUrl = mesh.gatewayUrl;

/** Host name of the service, inside the mesh and at the gateway. */
export const host = routing.host;

/** What runs, and in which role. */
export const versions = [
  { name: stable.name, model: stable.model, role: "stable" },
  { name: canary.name, model: canary.model, role: "canary" },
];

/** Shell commands that show the canary at work. */
export const tryIt = gateway.tryIt({
  url: gatewayUrl,
  host,
  canary: canary.name,
  portForwardContext: settings.gateway.serviceType === "ClusterIP" ? kubeContext : undefined,
});

/** Percent of the requests that the canary gets. */
export { canaryWeight };
