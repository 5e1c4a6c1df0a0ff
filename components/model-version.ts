import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { HTTP_PORT, type Labels, SERVICE_NAME, versionLabels } from "./service-identity.ts";

/**
 * An engine that answers without a model: for laptops, tests, and rehearsals of a release. Its last fields make a version
 * bad on purpose. Each field reaches the service as the variable `SIMULATED_` and its name in capitals.
 */
export interface SimulatedEngine {
  /** Which engine this is. */
  readonly kind: "simulated";
  /** Wait before the first token of an answer, in milliseconds, 0-60000. Default 20. */
  readonly timeToFirstTokenMs: number;
  /** Wait between two tokens of an answer, in milliseconds, 0-10000. Default 5. */
  readonly interTokenLatencyMs: number;
  /** Sequences generated at the same time; more wait in the queue, 1-100000. Default 64. */
  readonly maxNumSeqs: number;
  /** Time from start until it answers, as a model's loading takes, in seconds, 0-3600. Default 0. */
  readonly startupSeconds: number;
  /** What its texts and failures are drawn from: the same seed draws the same again, 0-4294967295. Default 0. */
  readonly seed: number;
  /** Share of requests answered with an error instead of text, in percent, 0-100. Default 0. */
  readonly errorPercent: number;
  /** Share of streams that break with an error event, in percent, 0-100. Default 0. */
  readonly streamErrorPercent: number;
  /** Share of answers that the engine gives up, in percent, 0-100. Default 0. */
  readonly streamAbortPercent: number;
  /** How good the text is, in percent: 100 keeps to the prompt, 0 is off topic and cut short. Default 100. */
  readonly answerQualityPercent: number;
}

/** One version of the service, as a stack describes it. */
export interface Version {
  /** Name of the version, also its Istio subset, `version` label and metric value: a DNS label, 1-20 characters. */
  readonly name: string;
  /** Name by which clients ask for the model: 1-256 printable characters without spaces. */
  readonly model: string;
  /** How many pods the autoscaler may run: min at least 1, max at least min. Default 1 and 3. */
  readonly replicas: { readonly min: number; readonly max: number };
  /** Requests of one pod's server, as Kubernetes quantities; memory is its limit too. Default 100m and 384Mi. */
  readonly resources: { readonly cpu: string; readonly memory: string };
  /** What generates the answers. */
  readonly engine: SimulatedEngine;
}

/** Options of {@link ModelVersion}. */
export interface ModelVersionArgs {
  /** Namespace of everything this component makes. */
  readonly namespace: pulumi.Input<string>;
  /** Image of the service, by digest. */
  readonly image: pulumi.Input<string>;
  /** Whether the request log holds prompts, redacted. */
  readonly logPrompts: boolean;
  /** The version to run. Known when the program runs, because it is checked then. */
  readonly version: Version;
}

const CONTAINER = "server";
const METRICS_PORT = 8001;
const NONROOT_ID = 65532;
const PRE_STOP_SECONDS = 5;
const DRAIN_TIMEOUT_SECONDS = 30;
// What is left after the pause and the drain: for the process to exit, and for the sidecar's own 5 s drain.
const SHUTDOWN_MARGIN_SECONDS = 10;
const TARGET_UTILIZATION_PERCENT = 80;
const SCALE_DOWN_WINDOW_SECONDS = 300;

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

/** The container that serves a version. */
export function serverContainer({
  version,
  image,
  logPrompts,
}: Omit<ModelVersionArgs, "namespace">): k8s.types.input.core.v1.Container {
  const probe = (path: string): k8s.types.input.core.v1.Probe => ({
    httpGet: { path, port: "http" },
    timeoutSeconds: 2,
  });
  const { cpu, memory } = version.resources;
  return {
    name: CONTAINER,
    image,
    imagePullPolicy: "IfNotPresent",
    ports: [
      { name: "http", containerPort: HTTP_PORT },
      { name: "metrics", containerPort: METRICS_PORT },
    ],
    env: environment(version, logPrompts),
    resources: { requests: { cpu, memory }, limits: { memory } },
    startupProbe: { ...probe("/health"), periodSeconds: 1, failureThreshold: 60 },
    livenessProbe: { ...probe("/health"), periodSeconds: 10, failureThreshold: 3 },
    readinessProbe: { ...probe("/ready"), periodSeconds: 5, failureThreshold: 2 },
    // New requests stop arriving before the drain begins: endpoints need a moment to reach every proxy.
    lifecycle: { preStop: { sleep: { seconds: PRE_STOP_SECONDS } } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
  };
}

/**
 * The Deployment's spec. `replicas` is absent because the autoscaler owns it; the selector is free of image and weight
 * because it can never change.
 */
export function deploymentSpec(
  server: Omit<ModelVersionArgs, "namespace">,
  serviceAccountName: pulumi.Input<string>,
): k8s.types.input.apps.v1.DeploymentSpec {
  const { version } = server;
  const matchLabels = versionLabels(version.name);
  return {
    selector: { matchLabels },
    strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    template: {
      metadata: {
        labels: objectLabels(version.name),
        annotations: { "prometheus.io/scrape": "true", "prometheus.io/port": String(METRICS_PORT) },
      },
      spec: {
        serviceAccountName,
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        terminationGracePeriodSeconds: PRE_STOP_SECONDS + DRAIN_TIMEOUT_SECONDS + SHUTDOWN_MARGIN_SECONDS,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: NONROOT_ID,
          runAsGroup: NONROOT_ID,
          seccompProfile: { type: "RuntimeDefault" },
        },
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: "kubernetes.io/hostname",
            whenUnsatisfiable: "ScheduleAnyway",
            labelSelector: { matchLabels },
          },
        ],
        containers: [serverContainer(server)],
        volumes: [{ name: "tmp", emptyDir: {} }],
      },
    },
  };
}

/** The autoscaler's spec: 80 % of the requested CPU or memory, scaling down only after five quiet minutes. */
export function autoscalerSpec(
  { replicas }: Version,
  deployment: pulumi.Input<string>,
): k8s.types.input.autoscaling.v2.HorizontalPodAutoscalerSpec {
  // Of the server alone: an idle sidecar would dilute a whole pod's average.
  const utilization = (name: string): k8s.types.input.autoscaling.v2.MetricSpec => ({
    type: "ContainerResource",
    containerResource: {
      name,
      container: CONTAINER,
      target: { type: "Utilization", averageUtilization: TARGET_UTILIZATION_PERCENT },
    },
  });
  return {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: deployment },
    minReplicas: replicas.min,
    maxReplicas: replicas.max,
    metrics: [utilization("cpu"), utilization("memory")],
    behavior: { scaleDown: { stabilizationWindowSeconds: SCALE_DOWN_WINDOW_SECONDS } },
  };
}

/** The disruption budget's spec: one pod at a time, so that even a single replica lets its node drain. */
export function disruptionBudgetSpec(version: string): k8s.types.input.policy.v1.PodDisruptionBudgetSpec {
  return {
    maxUnavailable: 1,
    unhealthyPodEvictionPolicy: "AlwaysAllow",
    selector: { matchLabels: versionLabels(version) },
  };
}

/** One version of the service: service account, Deployment, autoscaler and disruption budget. */
export class ModelVersion extends pulumi.ComponentResource {
  /**
   * @throws {pulumi.ResourceError} when `replicas` is not 1 <= min <= max in whole numbers.
   */
  public constructor(name: string, args: ModelVersionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vllm-istio-canary:index:ModelVersion", name, {}, opts);
    const { namespace, version } = args;
    const { min, max } = version.replicas;
    if (!(Number.isInteger(min) && Number.isInteger(max) && min >= 1 && max >= min)) {
      const found = `replicas of version ${version.name} are min ${min}, max ${max}`;
      throw new pulumi.ResourceError(`${found}; expected integers with 1 <= min <= max`, this, true);
    }
    const metadata = { namespace, labels: objectLabels(version.name) };
    const options = { parent: this };
    const account = new k8s.core.v1.ServiceAccount(
      `${name}-account`,
      { metadata, automountServiceAccountToken: false },
      options,
    );
    const spec = deploymentSpec(args, account.metadata.name);
    const deployment = new k8s.apps.v1.Deployment(`${name}-deployment`, { metadata, spec }, options);
    new k8s.autoscaling.v2.HorizontalPodAutoscaler(
      `${name}-autoscaler`,
      { metadata, spec: autoscalerSpec(version, deployment.metadata.name) },
      options,
    );
    new k8s.policy.v1.PodDisruptionBudget(
      `${name}-disruption-budget`,
      { metadata, spec: disruptionBudgetSpec(version.name) },
      options,
    );
    this.registerOutputs({ deployment: deployment.metadata.name });
  }
}

function environment({ name, model, engine }: Version, logPrompts: boolean): k8s.types.input.core.v1.EnvVar[] {
  const simulated = Object.entries(engine)
    .filter(([field]) => field !== "kind")
    .map(([field, value]) => [`SIMULATED_${upperSnakeCase(field)}`, String(value)]);
  const values = {
    MODEL_VERSION: name,
    MODEL_NAME: model,
    ...(Object.fromEntries(simulated) as Record<string, string>),
    LOG_PROMPTS: String(logPrompts),
    DRAIN_TIMEOUT_SECONDS: String(DRAIN_TIMEOUT_SECONDS),
  };
  return Object.entries(values).map(([key, value]) => ({ name: key, value }));
}

const upperSnakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
