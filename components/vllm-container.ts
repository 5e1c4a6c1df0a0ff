import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { startupSeconds, type VllmEngine } from "./engine-settings.ts";
import { ENGINE_PORT, METRICS_PORT, RESTRICTED } from "./server-container.ts";
import { ENGINE_PRE_STOP_SECONDS, ENGINE_SHUTDOWN_TIMEOUT_SECONDS } from "./termination.ts";

/** Names of objects that a version's vLLM needs, once they are made. */
export interface EngineObjects {
  /** The claim of the model cache. undefined: downloads go to the node's disk. */
  readonly cacheClaim: pulumi.Input<string> | undefined;
  /** The Secret whose key {@link TOKEN_KEY} is the Hugging Face token. undefined: no token. */
  readonly tokenSecret: pulumi.Input<string> | undefined;
}

/** Key of the Hugging Face token in its Secret. */
export const TOKEN_KEY = "token";

/** User of vLLM's official image that is not root, and group of the files it may write. */
export const ENGINE_USER = 2000;

const HOME = "/home/vllm";
// Outside of HOME: a mount point inside of another volume would belong to root.
const MODEL_CACHE = "/var/cache/huggingface";
const PROBE_PERIOD_SECONDS = 10;
// A service that starts anew, with growing pauses, must not cost a loaded model.
const LIVENESS_FAILURES = 18;

/** Arguments of `vllm serve`. The stack's own come last, because vLLM takes the last of equal flags. */
export function vllmArguments(engine: VllmEngine, model: string): string[] {
  const adapters = engine.loraAdapters.map(({ name, source }) => `${name}=${source}`);
  return [
    engine.modelSource,
    ...engine.args,
    ...["--served-model-name", model],
    ...(adapters.length > 0 ? ["--enable-lora", "--lora-modules", ...adapters] : []),
    ...["--host", "127.0.0.1", "--port", String(ENGINE_PORT)],
    ...["--shutdown-timeout", String(ENGINE_SHUTDOWN_TIMEOUT_SECONDS)],
  ];
}

/**
 * The container of vLLM, from its official image as it is. It listens on the loopback address, because most of its paths
 * ask for no key; the kubelet reaches its health through the service's metrics port.
 */
export function vllmContainer(
  engine: VllmEngine,
  model: string,
  { tokenSecret }: EngineObjects,
): k8s.types.input.core.v1.Container {
  const { cpu, memory } = engine.resources;
  const gpus = engine.gpu.count > 0 ? { [engine.gpu.resource]: String(engine.gpu.count) } : {};
  const probe = {
    httpGet: { path: "/engine/health", port: METRICS_PORT },
    timeoutSeconds: 6,
    periodSeconds: PROBE_PERIOD_SECONDS,
  };
  return {
    name: "engine",
    image: engine.image,
    imagePullPolicy: "IfNotPresent",
    command: ["vllm", "serve"],
    args: vllmArguments(engine, model),
    workingDir: HOME,
    env: environment(tokenSecret),
    resources: { requests: { cpu, memory, ...gpus }, limits: { memory, ...gpus } },
    startupProbe: { ...probe, failureThreshold: Math.ceil(startupSeconds(engine) / PROBE_PERIOD_SECONDS) },
    livenessProbe: { ...probe, failureThreshold: LIVENESS_FAILURES },
    lifecycle: { preStop: { sleep: { seconds: ENGINE_PRE_STOP_SECONDS } } },
    securityContext: { ...RESTRICTED, runAsUser: ENGINE_USER, runAsGroup: 0 },
    volumeMounts: [
      { name: "engine-home", mountPath: HOME },
      { name: "engine-tmp", mountPath: "/tmp" },
      { name: "model-cache", mountPath: MODEL_CACHE },
      { name: "shared-memory", mountPath: "/dev/shm" },
    ],
  };
}

/** The volumes of {@link vllmContainer}. The one of shared memory counts against the container's memory limit. */
export function vllmVolumes(engine: VllmEngine, { cacheClaim }: EngineObjects): k8s.types.input.core.v1.Volume[] {
  return [
    { name: "engine-home", emptyDir: {} },
    { name: "engine-tmp", emptyDir: {} },
    {
      name: "model-cache",
      ...(cacheClaim === undefined ? { emptyDir: {} } : { persistentVolumeClaim: { claimName: cacheClaim } }),
    },
    { name: "shared-memory", emptyDir: { medium: "Memory", sizeLimit: engine.sharedMemory } },
  ];
}

function environment(tokenSecret: pulumi.Input<string> | undefined): k8s.types.input.core.v1.EnvVar[] {
  const token = tokenSecret && {
    name: "HF_TOKEN",
    valueFrom: { secretKeyRef: { name: tokenSecret, key: TOKEN_KEY } },
  };
  return [
    // The caches of vLLM, PyTorch, Triton, FlashInfer and CUDA are below HOME or /tmp unless they are told otherwise.
    { name: "HOME", value: HOME },
    // PyTorch asks for the user's name, which the images for other hardware do not know.
    { name: "USER", value: "vllm" },
    { name: "HF_HOME", value: MODEL_CACHE },
    { name: "VLLM_NO_USAGE_STATS", value: "1" },
    ...(token ? [token] : []),
  ];
}
