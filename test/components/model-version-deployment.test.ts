import { describe, expect, it } from "vitest";
import { readSettings } from "../../app/settings.ts";
import { destinationRuleSpec } from "../../components/canary-routing.ts";
import { deploymentSpec, rolloutTimeouts } from "../../components/version-deployment.ts";
import type { Version } from "../../components/version-settings.ts";
import { LABELS, OBJECTS, POD, SELECTOR, SERVER_CONTAINER, SIMULATED, VERSION, VLLM } from "./model-version-fixture.ts";

const DEPLOYMENT = {
  selector: { matchLabels: SELECTOR },
  strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
  progressDeadlineSeconds: 603,
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
      containers: [SERVER_CONTAINER],
      volumes: [{ name: "tmp", emptyDir: {} }],
    },
  },
};

const podOf = (version: Partial<Version>) => ({ ...POD, version: { ...VERSION, ...version } });

describe("pure: the Deployment of a version", () => {
  it("is restricted, drained and without replicas", () => {
    expect(deploymentSpec(POD, OBJECTS)).toEqual(DEPLOYMENT);
  });

  it("tells the service all that it reads, under the names it reads", () => {
    const { engine, logPrompts, modelName, drainTimeoutSeconds } = readSettings(
      Object.fromEntries(SERVER_CONTAINER.env.map(({ name, value }) => [name, value])),
    );
    expect(engine).toMatchObject({ ...SIMULATED, version: "v2" });
    expect({ logPrompts, modelName, drainTimeoutSeconds }).toEqual({
      logPrompts: true,
      modelName: "meta/opt",
      drainTimeoutSeconds: 30,
    });
  });

  it("sends spans where it is told to", () => {
    const { template } = deploymentSpec({ ...POD, tracingEndpoint: "http://collector:4318" }, OBJECTS);
    expect(template).toEqual({
      ...DEPLOYMENT.template,
      spec: {
        ...DEPLOYMENT.template.spec,
        containers: [
          {
            ...SERVER_CONTAINER,
            env: [...SERVER_CONTAINER.env, { name: "OTEL_EXPORTER_OTLP_ENDPOINT", value: "http://collector:4318" }],
          },
        ],
      },
    });
  });

  it("pulls by a Secret where one is named", () => {
    const { template } = deploymentSpec({ ...POD, imagePullSecret: "registry" }, OBJECTS);
    expect(template).toEqual({
      ...DEPLOYMENT.template,
      spec: { ...DEPLOYMENT.template.spec, imagePullSecrets: [{ name: "registry" }] },
    });
  });

  it("runs on the nodes that were chosen", () => {
    const { template } = deploymentSpec(
      podOf({
        nodeSelector: { pool: "llm" },
        tolerations: [
          { key: "nvidia.com/gpu", operator: "Exists", value: undefined, effect: "NoSchedule" },
          { key: "team", operator: "Equal", value: "llm", effect: undefined },
        ],
      }),
      OBJECTS,
    );
    expect(template).toEqual({
      ...DEPLOYMENT.template,
      spec: {
        ...DEPLOYMENT.template.spec,
        nodeSelector: { pool: "llm" },
        tolerations: [
          { key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" },
          { key: "team", operator: "Equal", value: "llm" },
        ],
      },
    });
  });

  it.each([
    ["the image", { ...POD, image: "other" }],
    ["the engine", podOf({ engine: VLLM })],
    ["the model", podOf({ model: "other" })],
  ])("selects the same pods whatever %s", (_, pod) => {
    expect(deploymentSpec(pod, OBJECTS).selector).toEqual({ matchLabels: SELECTOR });
  });

  it("labels pods with what the version's Istio subset selects", () => {
    const subset = destinationRuleSpec("llm", ["v2"]).subsets?.[0]?.labels;
    expect({ app: "vllm-service", ...subset }).toEqual(SELECTOR);
  });
});

describe("pure: how long a roll-out may take", () => {
  it.each([
    ["no start-up", { ...SIMULATED, startupSeconds: 0 }, { create: "600s", update: "600s" }],
    ["a simulated start-up", SIMULATED, { create: "603s", update: "615s" }],
    ["a model that loads", { ...VLLM, startupMinutes: 20 }, { create: "1800s", update: "6600s" }],
  ])("counts %s for each pod that starts after another", (_, engine, timeouts) => {
    expect(rolloutTimeouts({ ...VERSION, engine })).toEqual(timeouts);
  });

  it("gives each pod's model the time to load", () => {
    expect(deploymentSpec(podOf({ engine: VLLM }), OBJECTS).progressDeadlineSeconds).toBe(2400);
  });
});
