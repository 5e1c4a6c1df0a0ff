import * as pulumi from "@pulumi/pulumi";
import { beforeEach, describe, expect, it } from "vitest";
import { autoscalerSpec } from "../../components/autoscaler.ts";
import { disruptionBudgetSpec, ModelVersion, type ModelVersionArgs } from "../../components/model-version.ts";
import { deploymentSpec } from "../../components/version-deployment.ts";
import { mockEngine, type Recorder, registered, valueOf } from "../mocks.ts";
import { LABELS, OBJECTS, POD, SELECTOR, VERSION, VLLM } from "./model-version-fixture.ts";

const BUDGET = {
  maxUnavailable: 1,
  unhealthyPodEvictionPolicy: "AlwaysAllow",
  selector: { matchLabels: SELECTOR },
};
const COMPONENT = "vllm-istio-canary:index:ModelVersion";
const TYPES = {
  "vllm-v2-account": "kubernetes:core/v1:ServiceAccount",
  "vllm-v2-deployment": "kubernetes:apps/v1:Deployment",
  "vllm-v2-autoscaler": "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
  "vllm-v2-disruption-budget": "kubernetes:policy/v1:PodDisruptionBudget",
  "vllm-v2-live": "kubernetes:apps/v1:Deployment",
};
const CACHED = { ...VERSION, engine: { ...VLLM, cache: { size: "200Gi", storageClass: "nfs" } } };
const METADATA = { namespace: "llm", labels: LABELS };

const create = (args: Partial<ModelVersionArgs> = {}): ModelVersion =>
  new ModelVersion("vllm-v2", {
    ...POD,
    namespace: "llm",
    holdsFloor: false,
    huggingFaceToken: undefined,
    ...args,
  });

describe("pure: the disruption budget of a version", () => {
  it("lets the node of a single replica drain", () => {
    expect(disruptionBudgetSpec("v2")).toEqual(BUDGET);
  });
});

describe("mocks: ModelVersion", () => {
  let engine: Recorder;
  const inputsOf = (suffix: string) => engine.named(`vllm-v2-${suffix}`).inputs;
  beforeEach(async () => {
    engine = await mockEngine({ status: { readyReplicas: 3 } });
  });

  it("makes an account, a Deployment, an autoscaler and a budget, and reads what lives", async () => {
    create();
    await registered();
    expect(engine.types()).toEqual({ "vllm-v2": COMPONENT, ...TYPES });
    expect(engine.parents()).toEqual(Object.fromEntries(Object.keys(TYPES).map((name) => [name, COMPONENT])));
  });

  it("gives them labels, the namespace and each other's names", async () => {
    create();
    await registered();
    expect(inputsOf("account")).toEqual({
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: METADATA,
      automountServiceAccountToken: false,
    });
    expect(inputsOf("deployment")).toEqual({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: METADATA,
      spec: deploymentSpec(POD, { ...OBJECTS, serviceAccount: "vllm-v2-account" }),
    });
    expect(inputsOf("autoscaler")).toEqual({
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: METADATA,
      spec: autoscalerSpec(VERSION.replicas, "vllm-v2-deployment", false),
    });
    expect(inputsOf("disruption-budget")).toEqual({
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: METADATA,
      spec: BUDGET,
    });
  });

  it("holds every pod where it is told to", async () => {
    create({ holdsFloor: true });
    await registered();
    expect(inputsOf("autoscaler")["spec"]).toEqual(autoscalerSpec(VERSION.replicas, "vllm-v2-deployment", true));
  });

  it("adds the claim and the Secret that vLLM is to have", async () => {
    create({ version: CACHED, huggingFaceToken: pulumi.secret("hf_x") });
    await registered();
    expect(engine.types()).toEqual({
      "vllm-v2": COMPONENT,
      ...TYPES,
      "vllm-v2-model-cache": "kubernetes:core/v1:PersistentVolumeClaim",
      "vllm-v2-hugging-face": "kubernetes:core/v1:Secret",
    });
    expect(inputsOf("model-cache")).toEqual({
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { ...METADATA, annotations: { "pulumi.com/skipAwait": "true" } },
      spec: {
        accessModes: ["ReadWriteMany"],
        resources: { requests: { storage: "200Gi" } },
        storageClassName: "nfs",
      },
    });
    expect(inputsOf("hugging-face")).toEqual({
      apiVersion: "v1",
      kind: "Secret",
      metadata: METADATA,
      immutable: true,
      stringData: { [pulumi.runtime.specialSigKey]: pulumi.runtime.specialSecretSig, value: { token: "hf_x" } },
    });
    expect(inputsOf("deployment")["spec"]).toEqual(
      deploymentSpec(
        { ...POD, version: CACHED },
        {
          serviceAccount: "vllm-v2-account",
          cacheClaim: "vllm-v2-model-cache",
          tokenSecret: "vllm-v2-hugging-face",
        },
      ),
    );
  });

  it("leaves the storage class to the cluster where none is named", async () => {
    create({ version: { ...VERSION, engine: { ...VLLM, cache: { size: "1Ti", storageClass: undefined } } } });
    await registered();
    expect(inputsOf("model-cache")["spec"]).toEqual({
      accessModes: ["ReadWriteMany"],
      resources: { requests: { storage: "1Ti" } },
    });
  });

  it("has no use for a token without vLLM", async () => {
    create({ huggingFaceToken: pulumi.secret("hf_x") });
    await registered();
    expect(engine.types()).toEqual({ "vllm-v2": COMPONENT, ...TYPES });
  });

  it("tells who its pods are and how many are ready", async () => {
    const version = create();
    expect(await valueOf(version.serviceAccount)).toBe("vllm-v2-account");
    expect(await valueOf(version.readyPods)).toBe(3);
    await registered();
    expect(engine.named("vllm-v2-live").readId).toBe("vllm-v2-deployment-id");
  });

  it.each([
    [{ min: 0, max: 3 }, "replicas of version v2 are min 0, max 3; expected integers with 1 <= min <= max"],
    [{ min: 2, max: 1 }, "replicas of version v2 are min 2, max 1; expected integers with 1 <= min <= max"],
    [{ min: 1.5, max: 2 }, "replicas of version v2 are min 1.5, max 2; expected integers with 1 <= min <= max"],
  ])("refuses %j before it makes anything", async (replicas, message) => {
    const version = { ...VERSION, replicas: { ...replicas, waitingRequests: undefined } };
    expect(() => create({ version })).toThrow(message);
    await registered();
    expect(engine.types()).toEqual({ "vllm-v2": COMPONENT });
  });
});

describe("mocks: a version without a ready pod", () => {
  it.each([[{ status: {} }], [{}]])("counts none in %j", async (live) => {
    await mockEngine(live);
    expect(await valueOf(create().readyPods)).toBe(0);
    await registered();
  });
});
