import type { SimulatedEngine, VllmEngine } from "../../components/engine-settings.ts";
import type { PodArgs } from "../../components/version-deployment.ts";
import type { Version } from "../../components/version-settings.ts";

/** The service's image. */
export const IMAGE = `vllm-service@sha256:${"0".repeat(64)}`;

/** A simulated engine with no default in it. */
export const SIMULATED: SimulatedEngine = {
  kind: "simulated",
  timeToFirstTokenMs: 15,
  interTokenLatencyMs: 4,
  maxNumSeqs: 32,
  startupSeconds: 3,
  seed: 7,
  errorPercent: 1,
  streamErrorPercent: 2,
  streamAbortPercent: 4,
  answerQualityPercent: 30,
};

/** A vLLM that says the least. */
export const VLLM: VllmEngine = {
  kind: "vllm",
  image: `vllm/vllm-openai@sha256:${"1".repeat(64)}`,
  modelSource: "facebook/opt-125m",
  args: [],
  loraAdapters: [],
  gpu: { count: 1, resource: "nvidia.com/gpu", product: undefined },
  resources: { cpu: "4", memory: "24Gi" },
  sharedMemory: "8Gi",
  startupMinutes: 30,
  cache: undefined,
};

/** A version on the simulated engine, on any node. */
export const VERSION: Version = {
  name: "v2",
  model: "meta/opt",
  image: undefined,
  replicas: { min: 2, max: 5, waitingRequests: undefined },
  resources: { cpu: "250m", memory: "256Mi" },
  nodeSelector: {},
  tolerations: [],
  engine: SIMULATED,
};

/** What the pods of {@link VERSION} are made of. */
export const POD: PodArgs = {
  version: VERSION,
  image: IMAGE,
  logPrompts: true,
  scrapeAnnotations: true,
  tracingEndpoint: undefined,
  imagePullSecret: undefined,
};

/** Names of the objects that pods need, without those of vLLM alone. */
export const OBJECTS = { serviceAccount: "account", cacheClaim: undefined, tokenSecret: undefined };

/** What selects the version's pods. */
export const SELECTOR = { app: "vllm-service", version: "v2" };

/** What every object of the version carries. */
export const LABELS = {
  ...SELECTOR,
  "app.kubernetes.io/name": "vllm-service",
  "app.kubernetes.io/instance": "vllm-service-v2",
  "app.kubernetes.io/version": "v2",
  "app.kubernetes.io/component": "model-server",
  "app.kubernetes.io/managed-by": "pulumi",
};

/** The service's container of {@link POD}. */
export const SERVER_CONTAINER = {
  name: "server",
  image: IMAGE,
  imagePullPolicy: "IfNotPresent",
  ports: [
    { name: "http", containerPort: 8000 },
    { name: "metrics", containerPort: 8001 },
  ],
  env: [
    { name: "MODEL_VERSION", value: "v2" },
    { name: "MODEL_NAME", value: "meta/opt" },
    { name: "SIMULATED_TIME_TO_FIRST_TOKEN_MS", value: "15" },
    { name: "SIMULATED_INTER_TOKEN_LATENCY_MS", value: "4" },
    { name: "SIMULATED_MAX_NUM_SEQS", value: "32" },
    { name: "SIMULATED_STARTUP_SECONDS", value: "3" },
    { name: "SIMULATED_SEED", value: "7" },
    { name: "SIMULATED_ERROR_PERCENT", value: "1" },
    { name: "SIMULATED_STREAM_ERROR_PERCENT", value: "2" },
    { name: "SIMULATED_STREAM_ABORT_PERCENT", value: "4" },
    { name: "SIMULATED_ANSWER_QUALITY_PERCENT", value: "30" },
    { name: "LOG_PROMPTS", value: "true" },
    { name: "DRAIN_TIMEOUT_SECONDS", value: "30" },
  ],
  resources: { requests: { cpu: "250m", memory: "256Mi" }, limits: { memory: "256Mi" } },
  startupProbe: {
    httpGet: { path: "/health", port: "http" },
    timeoutSeconds: 2,
    periodSeconds: 1,
    failureThreshold: 60,
  },
  livenessProbe: {
    httpGet: { path: "/health", port: "http" },
    timeoutSeconds: 2,
    periodSeconds: 10,
    failureThreshold: 3,
  },
  readinessProbe: {
    httpGet: { path: "/ready", port: "http" },
    timeoutSeconds: 2,
    periodSeconds: 5,
    failureThreshold: 2,
  },
  lifecycle: { preStop: { sleep: { seconds: 5 } } },
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  },
  volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
};
