import { describe, expect, it } from "vitest";
import { readSettings } from "../../app/settings.ts";
import type { VllmEngine } from "../../components/engine-settings.ts";
import {
  DRAIN_TIMEOUT_SECONDS,
  ENGINE_PRE_STOP_SECONDS,
  ENGINE_SHUTDOWN_TIMEOUT_SECONDS,
  PRE_STOP_SECONDS,
  terminationGracePeriodSeconds,
} from "../../components/termination.ts";
import { deploymentSpec, type PodObjects } from "../../components/version-deployment.ts";
import { vllmArguments } from "../../components/vllm-container.ts";
import { OBJECTS, POD, SELECTOR, SERVER_CONTAINER, SIMULATED, VERSION, VLLM } from "./model-version-fixture.ts";

/** A vLLM with all that can be said. */
const EVERYTHING: VllmEngine = {
  ...VLLM,
  args: ["--max-model-len", "8192", "--tensor-parallel-size=2"],
  loraAdapters: [
    { name: "sql", source: "team/sql-lora" },
    { name: "chat", source: "/adapters/chat" },
  ],
  gpu: { count: 2, resource: "nvidia.com/gpu", product: "NVIDIA-L4" },
  resources: { cpu: "8", memory: "64Gi" },
  sharedMemory: "16Gi",
  startupMinutes: 45,
  cache: { size: "200Gi", storageClass: "nfs" },
};

const OWN_ARGUMENTS = ["--host", "127.0.0.1", "--port", "8100", "--shutdown-timeout", "5"];
const PROBE = { httpGet: { path: "/engine/health", port: 8001 }, timeoutSeconds: 6, periodSeconds: 10 };
const SERVER = {
  ...SERVER_CONTAINER,
  env: [
    { name: "MODEL_VERSION", value: "v2" },
    { name: "MODEL_NAME", value: "meta/opt" },
    { name: "ENGINE_URL", value: "http://127.0.0.1:8100" },
    { name: "LOG_PROMPTS", value: "true" },
    { name: "DRAIN_TIMEOUT_SECONDS", value: "30" },
  ],
};
const ENGINE = {
  name: "engine",
  image: VLLM.image,
  imagePullPolicy: "IfNotPresent",
  command: ["vllm", "serve"],
  args: [
    "team/model",
    ...["--max-model-len", "8192", "--tensor-parallel-size=2", "--served-model-name", "meta/opt"],
    ...["--enable-lora", "--lora-modules", "sql=team/sql-lora", "chat=/adapters/chat"],
    ...OWN_ARGUMENTS,
  ],
  workingDir: "/home/vllm",
  env: [
    { name: "HOME", value: "/home/vllm" },
    { name: "USER", value: "vllm" },
    { name: "HF_HOME", value: "/var/cache/huggingface" },
    { name: "VLLM_NO_USAGE_STATS", value: "1" },
    { name: "HF_TOKEN", valueFrom: { secretKeyRef: { name: "token-secret", key: "token" } } },
  ],
  resources: {
    requests: { cpu: "8", memory: "64Gi", "nvidia.com/gpu": "2" },
    limits: { memory: "64Gi", "nvidia.com/gpu": "2" },
  },
  startupProbe: { ...PROBE, failureThreshold: 270 },
  livenessProbe: { ...PROBE, failureThreshold: 18 },
  lifecycle: { preStop: { sleep: { seconds: 40 } } },
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
    runAsUser: 2000,
    runAsGroup: 0,
  },
  volumeMounts: [
    { name: "engine-home", mountPath: "/home/vllm" },
    { name: "engine-tmp", mountPath: "/tmp" },
    { name: "model-cache", mountPath: "/var/cache/huggingface" },
    { name: "shared-memory", mountPath: "/dev/shm" },
  ],
};
const POD_SPEC = {
  serviceAccountName: "account",
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  nodeSelector: { pool: "llm", "nvidia.com/gpu.product": "NVIDIA-L4" },
  terminationGracePeriodSeconds: 55,
  securityContext: {
    runAsNonRoot: true,
    runAsUser: 65532,
    runAsGroup: 65532,
    fsGroup: 2000,
    fsGroupChangePolicy: "OnRootMismatch",
    seccompProfile: { type: "RuntimeDefault" },
  },
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: "kubernetes.io/hostname",
      whenUnsatisfiable: "ScheduleAnyway",
      labelSelector: { matchLabels: SELECTOR },
    },
  ],
  containers: [SERVER, ENGINE],
  volumes: [
    { name: "tmp", emptyDir: {} },
    { name: "engine-home", emptyDir: {} },
    { name: "engine-tmp", emptyDir: {} },
    { name: "model-cache", persistentVolumeClaim: { claimName: "claim" } },
    { name: "shared-memory", emptyDir: { medium: "Memory", sizeLimit: "16Gi" } },
  ],
};

/** A pod's spec, as far as these tests look into it. */
interface Pod {
  readonly volumes: readonly { readonly name: string }[];
  readonly containers: readonly {
    readonly env: readonly { readonly name: string }[];
    readonly resources: object;
    readonly securityContext: object;
    readonly volumeMounts: readonly { readonly name: string }[];
  }[];
}

function podSpec(engine: VllmEngine, objects: PodObjects = OBJECTS, nodeSelector = {}): Pod {
  const version = { ...VERSION, engine, nodeSelector };
  const { template } = deploymentSpec({ ...POD, version }, objects) as { template: { spec: Pod } };
  return template.spec;
}

describe("pure: the pod of a vLLM version", () => {
  it("has the service before the official image, with all that can be said", () => {
    const objects = { serviceAccount: "account", cacheClaim: "claim", tokenSecret: "token-secret" };
    expect(podSpec({ ...EVERYTHING, modelSource: "team/model" }, objects, { pool: "llm" })).toEqual(POD_SPEC);
  });

  it("asks for no token and no claim where none is wanted", () => {
    const { containers, volumes } = podSpec(VLLM);
    expect(containers[1]?.env.map(({ name }) => name)).toEqual(["HOME", "USER", "HF_HOME", "VLLM_NO_USAGE_STATS"]);
    expect(volumes.find(({ name }) => name === "model-cache")).toEqual({ name: "model-cache", emptyDir: {} });
  });

  it("asks for no GPU where vLLM runs on CPUs", () => {
    const { containers } = podSpec({ ...VLLM, gpu: { ...VLLM.gpu, count: 0 } });
    expect(containers[1]?.resources).toEqual({ requests: { cpu: "4", memory: "24Gi" }, limits: { memory: "24Gi" } });
  });

  it("mounts all of its volumes", () => {
    const { containers, volumes } = podSpec(EVERYTHING);
    const mounted = containers.flatMap(({ volumeMounts }) => volumeMounts.map(({ name }) => name));
    expect(mounted.toSorted()).toEqual(volumes.map(({ name }) => name).toSorted());
  });

  it("meets the restricted standard in each container", () => {
    for (const { securityContext } of podSpec(EVERYTHING).containers) {
      expect(securityContext).toMatchObject({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
    }
  });

  it("points the service at the engine, in words it understands", () => {
    const environment = Object.fromEntries(SERVER.env.map(({ name, value }) => [name, value]));
    expect(readSettings(environment).engine).toEqual({ kind: "vllm", origin: "http://127.0.0.1:8100" });
  });

  it("probes the engine on a port that the service has", () => {
    expect(SERVER.ports.map(({ containerPort }) => containerPort)).toContain(PROBE.httpGet.port);
  });
});

describe("pure: the arguments of vllm serve", () => {
  it("are few without adapters", () => {
    expect(vllmArguments(VLLM, "opt")).toEqual(["facebook/opt-125m", "--served-model-name", "opt", ...OWN_ARGUMENTS]);
  });
});

describe("pure: the end of a pod", () => {
  it("stops vLLM after the service has drained, and both before they are killed", () => {
    const grace = terminationGracePeriodSeconds(VLLM);
    expect(ENGINE_PRE_STOP_SECONDS).toBeGreaterThan(PRE_STOP_SECONDS + DRAIN_TIMEOUT_SECONDS);
    expect(grace).toBeGreaterThan(ENGINE_PRE_STOP_SECONDS + ENGINE_SHUTDOWN_TIMEOUT_SECONDS);
    expect(terminationGracePeriodSeconds(SIMULATED)).toBeGreaterThan(PRE_STOP_SECONDS + DRAIN_TIMEOUT_SECONDS);
  });
});
