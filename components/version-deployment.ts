import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { type Engine, startupSeconds } from "./engine-settings.ts";
import { METRICS_PORT, type ServerArgs, serverContainer } from "./server-container.ts";
import { type Labels, SERVICE_NAME, versionLabels } from "./service-identity.ts";
import { terminationGracePeriodSeconds } from "./termination.ts";
import type { Version } from "./version-settings.ts";
import { ENGINE_USER, type EngineObjects, vllmContainer, vllmVolumes } from "./vllm-container.ts";

/** What the pods of a version are made of. */
export interface PodArgs extends ServerArgs {
  /** Name of the Secret by which the nodes pull both images. undefined: none is needed. */
  readonly imagePullSecret: pulumi.Input<string> | undefined;
  /** Whether the pods carry the annotations by which a Prometheus without monitors finds them. */
  readonly scrapeAnnotations: boolean;
}

/** Names of the objects that the pods need, once they are made. */
export interface PodObjects extends EngineObjects {
  /** The service account of the pods. */
  readonly serviceAccount: pulumi.Input<string>;
}

const NONROOT_ID = 65532;
const SCRAPE_ANNOTATIONS = Object.freeze({
  "prometheus.io/scrape": "true",
  "prometheus.io/port": String(METRICS_PORT),
});
// To pull the images and to schedule one pod: Kubernetes' and Pulumi's own patience with a Deployment.
const PATIENCE_SECONDS = 600;

/** Labels of every object of one version: the selecting ones, and Kubernetes' recommended ones. */
export function objectLabels(version: string): Labels {
  return {
    ...versionLabels(version),
    "app.kubernetes.io/name": SERVICE_NAME,
    "app.kubernetes.io/instance": `${SERVICE_NAME}-${version}`,
    "app.kubernetes.io/version": version,
    "app.kubernetes.io/component": "model-server",
    "app.kubernetes.io/managed-by": "pulumi",
  };
}

/**
 * The Deployment's spec. `replicas` is absent because the autoscaler owns it; the selector is free of image and weight
 * because it can never change. An update adds one pod before it takes one away, so it needs room for one more pod.
 */
export function deploymentSpec(pod: PodArgs, objects: PodObjects): k8s.types.input.apps.v1.DeploymentSpec {
  const { name, engine } = pod.version;
  return {
    selector: { matchLabels: versionLabels(name) },
    strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    progressDeadlineSeconds: PATIENCE_SECONDS + startupSeconds(engine),
    template: {
      metadata: {
        labels: objectLabels(name),
        ...(pod.scrapeAnnotations && { annotations: SCRAPE_ANNOTATIONS }),
      },
      spec: podSpec(pod, objects),
    },
  };
}

/** How long Pulumi waits for the Deployment: its pods start side by side when it is made, one by one when it changes. */
export function rolloutTimeouts({ engine, replicas }: Version): { readonly create: string; readonly update: string } {
  const seconds = (pods: number): string => `${PATIENCE_SECONDS + pods * startupSeconds(engine)}s`;
  return { create: seconds(1), update: seconds(replicas.max) };
}

function podSpec(pod: PodArgs, objects: PodObjects): k8s.types.input.core.v1.PodSpec {
  const { version, imagePullSecret } = pod;
  const { engine, model } = version;
  const isVllm = engine.kind === "vllm";
  return {
    serviceAccountName: objects.serviceAccount,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    ...(imagePullSecret !== undefined && { imagePullSecrets: [{ name: imagePullSecret }] }),
    ...placement(version),
    terminationGracePeriodSeconds: terminationGracePeriodSeconds(engine),
    securityContext: podSecurity(engine),
    containers: [serverContainer(pod), ...(isVllm ? [vllmContainer(engine, model, objects)] : [])],
    volumes: [{ name: "tmp", emptyDir: {} }, ...(isVllm ? vllmVolumes(engine, objects) : [])],
  };
}

/** What the `restricted` pod security standard asks of a pod; vLLM's group owns the volume it caches models on. */
function podSecurity({ kind }: Engine): k8s.types.input.core.v1.PodSecurityContext {
  return {
    runAsNonRoot: true,
    runAsUser: NONROOT_ID,
    runAsGroup: NONROOT_ID,
    ...(kind === "vllm" && { fsGroup: ENGINE_USER, fsGroupChangePolicy: "OnRootMismatch" }),
    seccompProfile: { type: "RuntimeDefault" },
  };
}

/** On which nodes the pods may run, and that they shall spread over them. */
function placement({ name, engine, ...version }: Version): Omit<k8s.types.input.core.v1.PodSpec, "containers"> {
  const product = engine.kind === "vllm" ? engine.gpu.product : undefined;
  const nodeSelector = {
    ...version.nodeSelector,
    ...(product !== undefined && { "nvidia.com/gpu.product": product }),
  };
  const tolerations = version.tolerations.map(({ key, operator, value, effect }) => ({
    key,
    operator,
    ...(value !== undefined && { value }),
    ...(effect !== undefined && { effect }),
  }));
  return {
    ...(Object.keys(nodeSelector).length > 0 && { nodeSelector }),
    ...(tolerations.length > 0 && { tolerations }),
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "kubernetes.io/hostname",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: versionLabels(name) },
      },
    ],
  };
}
