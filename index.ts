import * as k8s from "@pulumi/kubernetes";
import { CanaryRouting } from "./components/canary-routing.ts";
import * as gateway from "./components/gateway-address.ts";
import { ModelVersion, type Version } from "./components/model-version.ts";
import { INJECTED_NAMESPACE_LABELS, ServiceMesh } from "./components/service-mesh.ts";
import { loadSettings } from "./config.ts";

const settings = loadSettings();
const [stable, canary] = settings.versions;
const { kubeContext } = settings;

const provider = new k8s.Provider("cluster", { context: kubeContext });

const mesh = new ServiceMesh("mesh", { mesh: settings.mesh, gateway: settings.gateway }, { provider });

const metadata = { name: settings.namespace, labels: INJECTED_NAMESPACE_LABELS };
const namespace = new k8s.core.v1.Namespace("versions", { metadata }, { provider }).metadata.name;

const run = (version: Version): ModelVersion =>
  new ModelVersion(
    `vllm-${version.name}`,
    { namespace, image: settings.serviceImage, logPrompts: settings.logPrompts, version },
    { provider, dependsOn: [mesh.controlPlane] },
  );
const stablePods = run(stable);
const canaryPods = run(canary);

const routing = new CanaryRouting(
  "routing",
  {
    namespace,
    gatewaySelector: gateway.GATEWAY_SELECTOR,
    stable: stable.name,
    canary: canary.name,
    canaryWeight: settings.canaryWeight,
  },
  {
    provider,
    // Traffic waits for the pods that are to get it, and for no others: a broken canary must not hold up a rollback to 0.
    dependsOn: [
      mesh.controlPlane,
      ...(settings.canaryWeight < 100 ? [stablePods] : []),
      ...(settings.canaryWeight > 0 ? [canaryPods] : []),
    ],
  },
);

/** URL of the ingress gateway. Requests must send {@link host} as their Host header; any other host gets 404. */
export const gatewayUrl = mesh.gatewayUrl;

/** Host name of the service, inside the mesh and at the gateway. */
export const host = routing.host;

/** Percent of the requests that the canary gets. */
export const canaryWeight = settings.canaryWeight;

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
