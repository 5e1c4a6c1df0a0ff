import { beforeEach, describe, expect, it } from "vitest";
import {
  autoscalerSpec,
  deploymentSpec,
  disruptionBudgetSpec,
  ModelVersion,
  type Version,
} from "../../components/model-version.ts";
import { readSettings } from "../../app/settings.ts";
import { destinationRuleSpec } from "../../components/canary-routing.ts";
import { mockEngine, type Recorder, registered } from "../mocks.ts";

const IMAGE = `vllm-service@sha256:${"0".repeat(64)}`;
const VERSION: Version = {
  name: "v2",
  model: "meta/opt",
  replicas: { min: 2, max: 5 },
  resources: { cpu: "250m", memory: "256Mi" },
  engine: {
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
  },
};
const SERVER = { version: VERSION, image: IMAGE, logPrompts: true };
const SELECTOR = { app: "vllm-service", version: "v2" };
const LABELS = {
  ...SELECTOR,
  "app.kubernetes.io/name": "vllm-service",
  "app.kubernetes.io/instance": "vllm-service-v2",
  "app.kubernetes.io/version": "v2",
  "app.kubernetes.io/component": "model-server",
  "app.kubernetes.io/managed-by": "pulumi",
};

const DEPLOYMENT = {
  selector: { matchLabels: SELECTOR },
  strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
  template: {
    metadata: { labels: LABELS, annotations: { "prometheus.io/scrape": "true", "prometheus.io/port": "8001" } },
    spec: {
      serviceAccountName: "account",
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 45,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65532,
        runAsGroup: 65532,
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
      containers: [
        {
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
        },
      ],
      volumes: [{ name: "tmp", emptyDir: {} }],
    },
  },
};

const utilization = (name: string) => ({
  type: "ContainerResource",
  containerResource: { name, container: "server", target: { type: "Utilization", averageUtilization: 80 } },
});
const AUTOSCALER = {
  scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "deployment" },
  minReplicas: 2,
  maxReplicas: 5,
  metrics: [utilization("cpu"), utilization("memory")],
  behavior: { scaleDown: { stabilizationWindowSeconds: 300 } },
};
const BUDGET = {
  maxUnavailable: 1,
  unhealthyPodEvictionPolicy: "AlwaysAllow",
  selector: { matchLabels: SELECTOR },
};

describe("pure: specs", () => {
  it("is a restricted, drained Deployment without replicas", () => {
    expect(deploymentSpec(SERVER, "account")).toEqual(DEPLOYMENT);
  });

  it("tells the service all that it reads, under the names it reads", () => {
    const [server] = DEPLOYMENT.template.spec.containers;
    const { engine, logPrompts, modelName } = readSettings(
      Object.fromEntries(server?.env.map(({ name, value }) => [name, value]) ?? []),
    );
    expect(engine).toMatchObject({ ...VERSION.engine, version: "v2" });
    expect({ logPrompts, modelName }).toEqual({ logPrompts: true, modelName: "meta/opt" });
  });

  it("selects the same pods whatever the image", () => {
    expect(deploymentSpec({ ...SERVER, image: "other" }, "account").selector).toEqual({ matchLabels: SELECTOR });
  });

  it("labels pods with what the version's Istio subset selects", () => {
    const subset = destinationRuleSpec("llm", ["v2"]).subsets?.[0]?.labels;
    expect({ app: "vllm-service", ...subset }).toEqual(SELECTOR);
  });

  it("scales on the server's own CPU and memory between min and max", () => {
    expect(autoscalerSpec(VERSION, "deployment")).toEqual(AUTOSCALER);
  });

  it("lets the node of a single replica drain", () => {
    expect(disruptionBudgetSpec("v2")).toEqual(BUDGET);
  });
});

describe("mocks: ModelVersion", () => {
  let engine: Recorder;
  beforeEach(async () => {
    engine = await mockEngine();
  });

  const create = (replicas: Version["replicas"]): ModelVersion =>
    new ModelVersion("vllm-v2", { namespace: "llm", ...SERVER, version: { ...VERSION, replicas } });

  it("makes an account, a Deployment, an autoscaler and a budget", async () => {
    create({ min: 2, max: 5 });
    await registered();
    const component = "vllm-istio-canary:index:ModelVersion";
    expect(engine.types()).toEqual({
      "vllm-v2": component,
      "vllm-v2-account": "kubernetes:core/v1:ServiceAccount",
      "vllm-v2-deployment": "kubernetes:apps/v1:Deployment",
      "vllm-v2-autoscaler": "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
      "vllm-v2-disruption-budget": "kubernetes:policy/v1:PodDisruptionBudget",
    });
    expect(engine.parents()).toEqual({
      "vllm-v2-account": component,
      "vllm-v2-deployment": component,
      "vllm-v2-autoscaler": component,
      "vllm-v2-disruption-budget": component,
    });
  });

  it("gives them labels, the namespace and each other's names", async () => {
    create({ min: 2, max: 5 });
    await registered();
    const metadata = { namespace: "llm", labels: LABELS };
    const inputsOf = (suffix: string) => engine.named(`vllm-v2-${suffix}`).inputs;
    expect(inputsOf("account")).toEqual({
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata,
      automountServiceAccountToken: false,
    });
    expect(inputsOf("deployment")).toEqual({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: deploymentSpec(SERVER, "vllm-v2-account"),
    });
    expect(inputsOf("autoscaler")).toEqual({
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata,
      spec: autoscalerSpec(VERSION, "vllm-v2-deployment"),
    });
    expect(inputsOf("disruption-budget")).toEqual({
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata,
      spec: BUDGET,
    });
  });

  it.each([
    [{ min: 0, max: 3 }, "replicas of version v2 are min 0, max 3; expected integers with 1 <= min <= max"],
    [{ min: 2, max: 1 }, "replicas of version v2 are min 2, max 1; expected integers with 1 <= min <= max"],
    [{ min: 1.5, max: 2 }, "replicas of version v2 are min 1.5, max 2; expected integers with 1 <= min <= max"],
  ])("refuses %j before it makes anything", async (replicas, message) => {
    expect(() => create(replicas)).toThrow(message);
    await registered();
    expect(engine.types()).toEqual({ "vllm-v2": "vllm-istio-canary:index:ModelVersion" });
  });
});
