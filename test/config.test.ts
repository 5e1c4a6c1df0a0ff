import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { OBJECTIVES } from "./components/objectives-fixture.ts";
import { parse } from "yaml";
import { loadSettings } from "../config.ts";
import { configure, DIGEST, faultsOf, IMAGE, load, V1 } from "./config-fixture.ts";
import { mockEngine } from "./mocks.ts";
import { stackConfig } from "./stack-file.ts";

const ENGINE = {
  kind: "simulated",
  timeToFirstTokenMs: 20,
  interTokenLatencyMs: 5,
  maxNumSeqs: 64,
  startupSeconds: 0,
  seed: 0,
  errorPercent: 0,
  streamErrorPercent: 0,
  streamAbortPercent: 0,
  answerQualityPercent: 100,
};

const CHARTS = "https://blob.istio.io/istio-release/charts";
const EXISTING_MESH = {
  install: false,
  istioVersion: "1.30.4-sandbox.1",
  chartRepository: "http://127.0.0.1:8879",
  cni: false,
  platform: "gke",
  revision: "1-30",
};
const GATEWAY = {
  serviceType: "ClusterIP",
  namespace: "edge",
  service: "front",
  hosts: ["llm.example.com", "llm.example.org"],
  tlsSecret: "llm-tls",
  jwt: [{ issuer: "https://login.example.com", jwksUri: "https://login.example.com/keys", audiences: ["llm"] }],
  requestsPerMinute: 60,
};
const OBSERVABILITY = { objectives: OBJECTIVES, links: {} };
const NO_MONITORING = {
  install: false,
  namespace: "monitoring",
  chartVersion: "88.5.3",
  chartRepository: "https://prometheus-community.github.io/helm-charts",
  retentionDays: 7,
};

beforeAll(async () => {
  await mockEngine();
});

describe("pure: legal settings", () => {
  it("fills in every default", () => {
    const version = {
      model: "m",
      replicas: { min: 1, max: 3 },
      resources: { cpu: "100m", memory: "384Mi" },
      nodeSelector: {},
      tolerations: [],
      engine: ENGINE,
    };
    expect(load({})).toEqual({
      canaryWeight: 10,
      versions: [
        { name: "v1", ...version },
        { name: "v2", ...version },
      ],
      logPrompts: false,
      stickyVersions: false,
      serviceImage: IMAGE,
      kubeContext: "kind-dev",
      namespace: "vllm",
      mesh: { install: true, istioVersion: "1.31.1", chartRepository: CHARTS, cni: true },
      gateway: {
        serviceType: "LoadBalancer",
        namespace: "istio-ingress",
        service: "istio-ingress",
        hosts: [],
        jwt: [],
      },
      monitoring: NO_MONITORING,
      observability: OBSERVABILITY,
      highAvailability: false,
    });
  });

  it("keeps what is set", () => {
    const canary = {
      name: "v2-rc-1",
      model: "meta/opt",
      replicas: { min: 2, max: 2 },
      resources: { cpu: 2, memory: "1.5Gi" },
      engine: { ...ENGINE, timeToFirstTokenMs: 60_000, interTokenLatencyMs: 0 },
    };
    const settings = load({
      canaryWeight: 100,
      versions: [V1, canary],
      logPrompts: "true",
      serviceImage: `vllm-service@${DIGEST}`,
      kubeContext: "arn:aws:eks:eu-west-1:1:cluster/my prod",
      namespace: "llm",
      mesh: EXISTING_MESH,
      gateway: GATEWAY,
      stickyVersions: true,
      highAvailability: "true",
    });
    const anywhere = { nodeSelector: {}, tolerations: [] };
    expect(settings.versions[1]).toEqual({ ...canary, ...anywhere, resources: { cpu: "2", memory: "1.5Gi" } });
    expect({ ...settings, versions: undefined }).toEqual({
      canaryWeight: 100,
      versions: undefined,
      logPrompts: true,
      serviceImage: `vllm-service@${DIGEST}`,
      kubeContext: "arn:aws:eks:eu-west-1:1:cluster/my prod",
      namespace: "llm",
      mesh: EXISTING_MESH,
      gateway: GATEWAY,
      stickyVersions: true,
      monitoring: NO_MONITORING,
      observability: OBSERVABILITY,
      highAvailability: true,
    });
  });

  it("freezes the settings all the way down", () => {
    const settings = load({});
    const [stable] = settings.versions;
    for (const part of [settings, settings.versions, stable, stable.replicas, stable.resources, stable.engine]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  it.each([[0], [1], [99], [100]])("accepts canaryWeight %i", (canaryWeight) => {
    expect(load({ canaryWeight }).canaryWeight).toBe(canaryWeight);
  });
});

describe("property: canaryWeight", () => {
  it("is any integer from 0 to 100", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), (weight) => {
        expect(load({ canaryWeight: weight }).canaryWeight).toBe(weight);
      }),
    );
  });

  it("is nothing else, be it a number or text", () => {
    const digits = /^(0|[1-9]\d?|100)$/;
    const others = fc.oneof(fc.integer(), fc.double(), fc.string()).map(String);
    fc.assert(
      fc.property(
        others.filter((text) => !digits.test(text)),
        (canaryWeight) => {
          expect(faultsOf({ canaryWeight })).toHaveLength(1);
        },
      ),
    );
  });
});

describe("pure: Pulumi.yaml is the manual of config.ts", () => {
  interface Declaration {
    readonly type?: string;
    readonly description?: string;
    readonly default?: unknown;
  }
  const read = (file: string): unknown => parse(readFileSync(new URL(`../${file}`, import.meta.url), "utf8"));
  const { config } = read("Pulumi.yaml") as { config: Record<string, Declaration> };
  const declared = Object.entries(config).filter(([key]) => !key.includes(":"));

  it("declares exactly the settings that are read, each with type, description and default", () => {
    expect(declared.map(([key]) => key)).toEqual(Object.keys(load({})));
    for (const [, declaration] of declared) {
      expect(declaration).toEqual({ type: expect.any(String) as string, ...declaration });
      expect(declaration.description).toMatch(/^.{20,}\.$/s);
      expect(declaration.default).toBeDefined();
    }
  });

  it("has the same defaults", () => {
    const texts = declared.filter(([, { type, default: value }]) => type === "string" && value !== "");
    const read = new Map(Object.entries(load({})).map(([key, value]) => [key, String(value)]));
    for (const [key, { default: value }] of texts) expect([key, value]).toEqual([key, read.get(key)]);
  });

  it("has defaults that leave exactly the required settings to be set", () => {
    configure(Object.fromEntries(declared.map(([key, { default: value }]) => [key, value])));
    expect(loadSettings).toThrow(/^versions is not set.*\nkubeContext is not set.*$/);
  });

  it.each(["dev", "prod"])("Pulumi.%s.yaml needs only the machine's own settings", (stack) => {
    const { config: own, secretKeys } = stackConfig(stack);
    pulumi.runtime.setAllConfig(own, secretKeys);
    expect(loadSettings().versions.map(({ name }) => name)).toEqual(["v1", "v2"]);
  });
});
