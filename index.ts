import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { CanaryRouting } from "./components/canary-routing.ts";
import { ExistingMesh } from "./components/existing-mesh.ts";
import { GatewayAccess } from "./components/gateway-access.ts";
import * as address from "./components/gateway-address.ts";
import { CERTIFICATE_SECRET, GatewayCertificate } from "./components/gateway-certificate.ts";
import { verifiedImage } from "./components/image-signature.ts";
import { ModelVersion, type Version } from "./components/model-version.ts";
import { Monitoring } from "./components/monitoring.ts";
import { MutualTls } from "./components/mutual-tls.ts";
import { NetworkPolicies } from "./components/network-policies.ts";
import { Observability } from "./components/observability.ts";
import { addPullSecret, ServiceImage } from "./components/service-image.ts";
import { CONTROL_PLANE_NAMESPACE, injectedNamespaceLabels, type Mesh, ServiceMesh } from "./components/service-mesh.ts";
import { serviceHost } from "./components/service-identity.ts";
import { loadSettings } from "./config.ts";

const settings = loadSettings();
const [stable, canary] = settings.versions;
const {
  canaryWeight,
  gateway,
  gatewayApiKeys: apiKeys,
  highAvailability,
  kubeContext,
  monitoring,
  serviceImageBuild: build,
} = settings;

const provider = new k8s.Provider("cluster", { context: kubeContext });

const mesh: Mesh = settings.mesh.install
  ? new ServiceMesh("mesh", { mesh: settings.mesh, gateway, highAvailability }, { provider })
  : new ExistingMesh("mesh", { revision: settings.mesh.revision, gateway }, { provider });

const waitingRequestsMetric = settings.versions.some(({ replicas }) => replicas.waitingRequests !== undefined);
const { grafanaAdminPassword } = settings;
const installed = monitoring.install
  ? new Monitoring(
      "monitoring",
      { monitoring, grafanaAdminPassword, highAvailability, waitingRequestsMetric },
      { provider },
    )
  : undefined;
// A pod that is both monitored and annotated would be counted twice.
const isMonitored = monitoring.operator ?? monitoring.install;

const metadata = { name: settings.namespace, labels: injectedNamespaceLabels(settings.mesh) };
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
    gatewayNamespace: gateway.namespace,
    gatewaySelector: settings.mesh.install ? address.GATEWAY_PODS : undefined,
    controlPlaneNamespace: CONTROL_PLANE_NAMESPACE,
    monitoringNamespace: monitoring.namespace,
    downloadingVersions: settings.versions.filter(({ engine }) => engine.kind === "vllm").map(({ name }) => name),
    tracingEndpoint: settings.tracingEndpoint,
  },
  { provider, dependsOn: [mesh] },
);
const mutualTls = new MutualTls("mutual-tls", { namespace }, { provider, dependsOn: [mesh.controlPlane] });

const run = (version: Version, holdsFloor: boolean): ModelVersion =>
  new ModelVersion(
    `vllm-${version.name}`,
    {
      namespace,
      image: verified(version.image ?? built ?? ""),
      imagePullSecret,
      scrapeAnnotations: !isMonitored,
      logPrompts: settings.logPrompts,
      version,
      holdsFloor,
      huggingFaceToken: settings.huggingFaceToken,
      tracingEndpoint: settings.tracingEndpoint,
    },
    { provider, dependsOn: [mesh.controlPlane, policies, mutualTls] },
  );
// While the canary is undecided, going back to the stable version must never overload it.
const stablePods = run(stable, canaryWeight > 0);
const canaryPods = run(canary, false);

const { hosts, certificateIssuer: issuer, jwt, requestsPerMinute } = gateway;
const publicHosts = [serviceHost(settings.namespace), ...hosts];
const gatewayNamespace = gateway.namespace;
const { gatewaySelector } = mesh;
const access = new GatewayAccess(
  "gateway-access",
  { gatewayNamespace, gatewaySelector, hosts: publicHosts, apiKeys, jwt, requestsPerMinute },
  { provider, dependsOn: [mesh.controlPlane, mesh] },
);
if (issuer !== undefined) {
  new GatewayCertificate("certificate", { gatewayNamespace, hosts, issuer }, { provider, dependsOn: [mesh] });
}
const tlsSecret = issuer === undefined ? gateway.tlsSecret : CERTIFICATE_SECRET;
const tls = tlsSecret !== undefined;

const routing = new CanaryRouting(
  "routing",
  {
    namespace,
    gatewaySelector,
    hosts,
    tlsSecret,
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
      // Nobody is let in before it is settled who may come.
      access,
      ...(canaryWeight < 100 ? [stablePods] : []),
      ...(canaryWeight > 0 ? [canaryPods] : []),
    ],
  },
);

if (isMonitored) {
  new Observability(
    "observability",
    {
      namespace,
      stable: stable.name,
      canary: canary.name,
      canaryWeight,
      settings: settings.observability,
      receiverSecret: settings.alertReceiverSecret,
    },
    // The weight that Prometheus is told is the one that the routes have.
    { provider, dependsOn: [routing, ...(installed ? [installed.release] : [])] },
  );
}

/** URL of the ingress gateway. Requests name {@link host}, or a public host, as their Host; any other gets 404. */
export const gatewayUrl = mesh.gatewayAddress.apply((found) => address.gatewayUrl(found, tls));

/** Host name of the service, inside the mesh and at the gateway. */
export const host = routing.host;

/** What runs, and in which role. */
export const versions = [
  { name: stable.name, model: stable.model, role: "stable" },
  { name: canary.name, model: canary.model, role: "canary" },
];

/** Shell commands that show the canary at work. */
export const tryIt = address.tryIt({
  url: gatewayUrl,
  host,
  publicHost: hosts[0],
  asksForKey: apiKeys !== undefined || jwt.length > 0,
  canary: canary.name,
  gateway,
  tls,
  kubeContext,
});

/** Percent of the requests that the canary gets. */
export { canaryWeight };
