// The values for kube-prometheus-stack and prometheus-adapter are not checked here: no Go module holds their charts.
import { beforeAll, describe, expect, it } from "vitest";
import {
  environmentVariables,
  type FreeForm,
  istioCharts,
  type Known,
  knownValues,
  meshConfigMessages,
  messagesIn,
  unknownFields,
  unknownKeys,
} from "./chart-values.ts";
import { declaredBy, type HelmRelease, releasesOf } from "./rendered-manifests.ts";

const STACKS = ["dev", "prod"];
/** Charts whose sources are not at hand. */
const UNCHECKED = ["kube-prometheus-stack", "prometheus-adapter"];

/** Free-form parts of the values of each of Istio's charts: exactly those that some stack needs. */
const FREE_FORM: Readonly<Record<string, FreeForm>> = {
  cni: {
    "resources.limits": "Kubernetes' resources, of which the chart has no limits",
    seccompProfile: "Kubernetes' SeccompProfile",
  },
  istiod: {
    "resources.limits": "Kubernetes' resources, of which the chart has no limits",
    env: "environment variables of istiod, checked by name below",
    meshConfig: "Istio's MeshConfig, checked by field below",
    seccompProfile: "Kubernetes' SeccompProfile",
    topologySpreadConstraints: "Kubernetes' TopologySpreadConstraints",
  },
  gateway: {
    env: "environment variables of the proxy, checked by name below",
    labels: "labels of all objects, chosen by the program",
    securityContext: "Kubernetes' PodSecurityContext",
    topologySpreadConstraints: "Kubernetes' TopologySpreadConstraints",
  },
};

let charts: ReadonlyMap<string, string>;
/** The releases of all stacks whose charts are to be Istio's. */
const releases: HelmRelease[] = [];

beforeAll(async () => {
  charts = await istioCharts();
  for (const stack of STACKS) {
    releases.push(...releasesOf(await declaredBy(stack)).filter(({ chart }) => !UNCHECKED.includes(chart)));
  }
});

const knownBy = (chart: string): Known => knownValues(charts.get(chart) ?? "");
const unknownIn = ({ chart, values }: HelmRelease, freeForm = FREE_FORM[chart] ?? {}): string[] =>
  unknownKeys(values, knownBy(chart), freeForm).map((path) => `${chart}: ${path}`);

describe("mocks and Istio's sources: the values for Istio's charts", () => {
  it("have no key that its chart does not know", () => {
    expect(releases.length).toBeGreaterThanOrEqual(STACKS.length);
    expect(releases.filter(({ chart }) => !charts.has(chart))).toEqual([]);
    expect(releases.flatMap((release) => unknownIn(release))).toEqual([]);
  });

  it("have an unknown key without each entry of the table of free-form parts", () => {
    const entries = Object.entries(FREE_FORM).flatMap(([chart, parts]) =>
      Object.keys(parts).map((path) => ({ chart, path })),
    );
    const unneeded = entries.filter(({ chart, path }) => {
      const others = Object.fromEntries(Object.entries(FREE_FORM[chart] ?? {}).filter(([part]) => part !== path));
      return releases.every((release) => release.chart !== chart || unknownIn(release, others).length === 0);
    });
    expect(unneeded).toEqual([]);
  });

  it("have no field that MeshConfig does not know", async () => {
    const messages = await meshConfigMessages();
    const configs = releases.map(({ values }) => values["meshConfig"]).filter((config) => config !== undefined);
    expect(configs.length).toBeGreaterThan(0);
    expect(configs.flatMap((config) => unknownFields(config, "MeshConfig", messages, "meshConfig"))).toEqual([]);
    const typos = {
      accessLogFil: "",
      defaultConfig: { holdApplicationUntilProxyStart: true, proxyMetadata: { A: "b" } },
    };
    expect(unknownFields(typos, "MeshConfig", messages, "meshConfig")).toEqual([
      "meshConfig.accessLogFil",
      "meshConfig.defaultConfig.holdApplicationUntilProxyStart",
    ]);
  });

  it("set no environment variable that Istio does not read", async () => {
    const read = await environmentVariables();
    const set = releases.flatMap(({ values }) => Object.keys(values["env"] ?? {}));
    expect(set.length).toBeGreaterThan(0);
    expect(set.filter((name) => !read.has(name))).toEqual([]);
    expect(read.has("ENABLE_NATIVE_SIDECAR")).toBe(false);
  });

  it.each([
    ["base", { defaultRevison: "default" }, ["defaultRevison"]],
    ["istiod", { replicaCoun: 2, global: { proxy: { resource: {} } } }, ["replicaCoun", "global.proxy.resource"]],
    ["istiod", { resources: { limit: { memory: "1Gi" } }, env: { ANY: "x" } }, ["resources.limit"]],
    ["gateway", { service: { ports: [{ name: "a", prot: 1 }] }, annotations: { any: "x" } }, ["service.ports[].prot"]],
    ["gateway", { autoscaling: { minReplica: 1 }, labels: { any: "x" } }, ["autoscaling.minReplica"]],
    ["cni", { excludeNamespace: [], logging: { level: "info" } }, ["excludeNamespace"]],
  ])("with an unknown key are reported by its path: %s %o", (chart, values, paths) => {
    expect(unknownKeys(values, knownBy(chart), FREE_FORM[chart] ?? {})).toEqual(paths);
  });
});

describe("pure: keys", () => {
  it("are known by the defaults or by the schema, in entries of lists and where the schema allows any key", () => {
    const known: Known = {
      defaults: { a: { b: 1 }, list: [{ c: 1 }] },
      schema: {
        properties: { a: { properties: { d: {} } }, any: { additionalProperties: { properties: { e: {} } } } },
      },
    };
    const legal = { a: { b: 2, d: { f: 1 } }, list: [{ c: 2 }], any: { x: { e: 1 } } };
    expect(unknownKeys(legal, known, {})).toEqual(["a.d.f"]);
    expect(unknownKeys(legal, known, { "a.d": "free" })).toEqual([]);
    expect(unknownKeys({ list: [{ c: 2 }, { g: 1 }], any: { x: { h: 1 } } }, known, {})).toEqual([
      "list[].g",
      "any.x.h",
    ]);
    expect(unknownKeys({ list: [{ g: 1 }] }, known, { "list[].g": "free" })).toEqual([]);
  });

  it("of a message are its fields and those of its oneofs, by their JSON names", () => {
    const proto = [
      "message Outer {",
      "  // string not_a_field = 1;",
      "  repeated Inner some_inner = 1 [deprecated = true];",
      "  message Inner {",
      "    oneof choice {",
      "      string first_one = 1;",
      "    }",
      "  }",
      "  message Empty {}",
      "  map<string, string> free = 2;",
      "}",
    ].join("\n");
    const messages = messagesIn(proto);
    const value = { someInner: [{ firstOne: "a" }, { second: "b" }], free: { any: "x" }, notAField: 1 };
    expect(unknownFields(value, "Outer", messages, "m")).toEqual(["m.someInner[].second", "m.notAField"]);
  });
});
