import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { autoscalerSpec } from "./autoscaler.ts";
import type { ModelCache } from "./engine-settings.ts";
import { type Labels, versionLabels } from "./service-identity.ts";
import { deploymentSpec, objectLabels, type PodArgs, rolloutTimeouts } from "./version-deployment.ts";
import type { Replicas } from "./version-settings.ts";
import { type EngineObjects, TOKEN_KEY } from "./vllm-container.ts";

export type { Version } from "./version-settings.ts";

/** Options of {@link ModelVersion}. */
export interface ModelVersionArgs extends PodArgs {
  /** Namespace of everything this component makes. */
  readonly namespace: pulumi.Input<string>;
  /** Whether the version keeps every pod it has, as the stable one must while a canary is undecided. */
  readonly holdsFloor: boolean;
  /** Token by which vLLM downloads models from Hugging Face. undefined: public models alone. */
  readonly huggingFaceToken: pulumi.Input<string> | undefined;
}

/** Metadata that all objects of one version share. */
interface Metadata {
  readonly namespace: pulumi.Input<string>;
  readonly labels: Labels;
}

/** What the cluster tells of a Deployment. */
type LiveStatus = { readonly readyReplicas?: number } | undefined;

/** The disruption budget's spec: one pod at a time, so that even a single replica lets its node drain. */
export function disruptionBudgetSpec(version: string): k8s.types.input.policy.v1.PodDisruptionBudgetSpec {
  return {
    maxUnavailable: 1,
    unhealthyPodEvictionPolicy: "AlwaysAllow",
    selector: { matchLabels: versionLabels(version) },
  };
}

/** The spec of the claim on which all pods of a version cache models, wherever they run. */
export function cacheClaimSpec({ size, storageClass }: ModelCache): k8s.types.input.core.v1.PersistentVolumeClaimSpec {
  return {
    accessModes: ["ReadWriteMany"],
    resources: { requests: { storage: size } },
    ...(storageClass !== undefined && { storageClassName: storageClass }),
  };
}

/**
 * One version of the service: service account, Deployment, autoscaler and disruption budget, and for vLLM the claim of its
 * model cache and the Secret of its token where they are wanted.
 */
export class ModelVersion extends pulumi.ComponentResource {
  /** Name of the pods' service account, which is their identity in the mesh. */
  public readonly serviceAccount: pulumi.Output<string>;

  /**
   * How many pods are ready, read from the cluster once the Deployment is up to date, in a preview too. Unknown in the
   * preview that is to make the Deployment.
   */
  public readonly readyPods: pulumi.Output<number>;

  /**
   * @throws {pulumi.ResourceError} when `replicas` is not 1 <= min <= max in whole numbers.
   */
  public constructor(name: string, args: ModelVersionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vllm-istio-canary:index:ModelVersion", name, {}, opts);
    const { namespace, version, holdsFloor } = args;
    this.checkReplicas(version.name, version.replicas);
    const metadata = { namespace, labels: objectLabels(version.name) };
    const options = { parent: this };
    const account = new k8s.core.v1.ServiceAccount(
      `${name}-account`,
      { metadata, automountServiceAccountToken: false },
      options,
    );
    this.serviceAccount = account.metadata.name;
    const engineObjects = this.addEngineObjects(name, args, metadata);
    const spec = deploymentSpec(args, { serviceAccount: this.serviceAccount, ...engineObjects });
    const deployment = new k8s.apps.v1.Deployment(
      `${name}-deployment`,
      { metadata, spec },
      { ...options, customTimeouts: rolloutTimeouts(version) },
    );
    new k8s.autoscaling.v2.HorizontalPodAutoscaler(
      `${name}-autoscaler`,
      { metadata, spec: autoscalerSpec(version.replicas, deployment.metadata.name, holdsFloor) },
      options,
    );
    new k8s.policy.v1.PodDisruptionBudget(
      `${name}-disruption-budget`,
      { metadata, spec: disruptionBudgetSpec(version.name) },
      options,
    );
    const live = k8s.apps.v1.Deployment.get(`${name}-live`, deployment.id, options);
    // Kubernetes leaves out the count of a Deployment without a ready pod.
    this.readyPods = live.status.apply((status: LiveStatus) => status?.readyReplicas ?? 0);
    this.registerOutputs({
      deployment: deployment.metadata.name,
      serviceAccount: this.serviceAccount,
      readyPods: this.readyPods,
    });
  }

  private checkReplicas(version: string, { min, max }: Replicas): void {
    if (Number.isInteger(min) && Number.isInteger(max) && min >= 1 && max >= min) return;
    const found = `replicas of version ${version} are min ${min}, max ${max}`;
    throw new pulumi.ResourceError(`${found}; expected integers with 1 <= min <= max`, this, true);
  }

  private addEngineObjects(name: string, args: ModelVersionArgs, metadata: Metadata): EngineObjects {
    const { engine } = args.version;
    const cache = engine.kind === "vllm" ? engine.cache : undefined;
    const token = engine.kind === "vllm" ? args.huggingFaceToken : undefined;
    return {
      cacheClaim: cache === undefined ? undefined : this.addCacheClaim(`${name}-model-cache`, cache, metadata),
      tokenSecret: token === undefined ? undefined : this.addTokenSecret(`${name}-hugging-face`, token, metadata),
    };
  }

  private addCacheClaim(name: string, cache: ModelCache, shared: Metadata): pulumi.Output<string> {
    // Many storage classes bind a claim only when a pod uses it; the Deployment's own await covers both.
    const metadata = { ...shared, annotations: { "pulumi.com/skipAwait": "true" } };
    const spec = cacheClaimSpec(cache);
    return new k8s.core.v1.PersistentVolumeClaim(name, { metadata, spec }, { parent: this }).metadata.name;
  }

  private addTokenSecret(name: string, token: pulumi.Input<string>, metadata: Metadata): pulumi.Output<string> {
    // Another token makes another Secret, whose name starts new pods.
    const contents = { immutable: true, stringData: { [TOKEN_KEY]: token } };
    return new k8s.core.v1.Secret(name, { metadata, ...contents }, { parent: this }).metadata.name;
  }
}
