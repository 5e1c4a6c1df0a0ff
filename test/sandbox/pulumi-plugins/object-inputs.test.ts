import { describe, expect, test } from "vitest";
import { formatPath } from "../../../sandbox/pulumi-plugins/kubernetes/changes.ts";
import { checkObject, diffObject, replacedUnready } from "../../../sandbox/pulumi-plugins/kubernetes/object-inputs.ts";
import type { CheckRequest } from "../../../sandbox/pulumi-plugins/kubernetes/resource-handler.ts";
import { makeSecret, UNKNOWN } from "../../../sandbox/pulumi-plugins/rpc/property-values.ts";
import type { PropertyMap } from "../../../sandbox/pulumi-plugins/rpc/property-values.ts";

const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
const IMMUTABLE_DATA = { configMaps: false, secrets: false };

function request(inputs: PropertyMap, more: Partial<CheckRequest> = {}): CheckRequest {
  const naming = { logicalName: "web", randomSeed: new Uint8Array([1]), disabled: false };
  return { urn: "urn:x::web", type: DEPLOYMENT, inputs, oldInputs: {}, naming, ...more };
}

describe("check", () => {
  test("fills in the kind, a name and the namespace", () => {
    expect(checkObject(request({ spec: { replicas: 1 } }), "team")).toEqual({
      failures: [],
      inputs: {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "web-4bf5122f", namespace: "team", annotations: { "pulumi.com/autonamed": "true" } },
        spec: { replicas: 1 },
      },
    });
  });

  test("keeps a made-up name for the life of the object", () => {
    const metadata = { name: "web-00000000", annotations: { "pulumi.com/autonamed": "true" } };
    expect(checkObject(request({}, { oldInputs: { metadata } }), undefined).inputs["metadata"]).toEqual(metadata);
  });

  test("leaves a given name, a given namespace and unknown metadata alone", () => {
    const metadata = { name: "web", namespace: "mine" };
    expect(checkObject(request({ metadata }), "team").inputs["metadata"]).toEqual(metadata);
    expect(checkObject(request({ metadata: { name: UNKNOWN } }), "team").inputs["metadata"]).toEqual({
      name: UNKNOWN,
      namespace: "team",
    });
    expect(checkObject(request({ metadata: UNKNOWN }), "team").inputs["metadata"]).toBe(UNKNOWN);
  });

  test("takes the name that the engine proposes, and fails when naming is disabled", () => {
    const naming = { logicalName: "web", randomSeed: new Uint8Array(), proposedName: "ours", disabled: false };
    expect(checkObject(request({}, { naming }), undefined).inputs["metadata"]).toEqual({
      name: "ours",
      annotations: { "pulumi.com/autonamed": "true" },
    });
    const disabled = { ...naming, disabled: true };
    expect(() => checkObject(request({}, { naming: disabled }), undefined)).toThrow(
      new Error("automatic naming is disabled: metadata.name must be set"),
    );
  });

  test("keeps secrets secret", () => {
    const metadata = { name: "web" };
    const { inputs } = checkObject(request({ metadata, spec: { token: makeSecret("x") } }), undefined);
    expect(inputs["spec"]).toEqual({ token: makeSecret("x") });
  });

  test.each([
    [{ metadata: "web" }, { property: "metadata", reason: "must be an object" }],
    [
      { metadata: { generateName: "web-" } },
      {
        property: "metadata.generateName",
        reason: "is not possible with server-side apply; leave the name out",
      },
    ],
    [
      { metadata: { name: "a", annotations: { "pulumi.com/waitFor": "jsonpath={.a[0]}" } } },
      {
        property: "metadata.annotations",
        reason: '"jsonpath={.a[0]}" in the annotation pulumi.com/waitFor is not understood by this stand-in',
      },
    ],
  ])("refuses %j", (inputs, failure) => {
    expect(checkObject(request(inputs), undefined)).toEqual({ inputs, failures: [failure] });
  });

  test("refuses a Patch of a custom resource", () => {
    const type = "kubernetes:example.test/v1:RoutePatch";
    const { failures } = checkObject(request({ kind: "Route" }, { type }), undefined);
    expect(failures.map(({ property }) => property)).toEqual(["kind"]);
  });
});

describe("diff", () => {
  const object = (kind: string, apiVersion: string, fields: PropertyMap): PropertyMap => ({
    apiVersion,
    kind,
    metadata: { name: "a", namespace: "n" },
    ...fields,
  });
  const cases: [string, string, PropertyMap, PropertyMap, string[], string[]][] = [
    ["apps/v1", "Deployment", { spec: { replicas: 1 } }, { spec: { replicas: 2 } }, ["spec.replicas"], []],
    [
      "apps/v1",
      "Deployment",
      { spec: { selector: { matchLabels: { app: "a" } } } },
      { spec: { selector: { matchLabels: { app: "b" } } } },
      ["spec.selector.matchLabels.app"],
      ["spec.selector.matchLabels.app"],
    ],
    [
      "batch/v1",
      "Job",
      { spec: { template: { a: 1 } } },
      { spec: { template: { a: 2 } } },
      ["spec.template.a"],
      ["spec.template.a"],
    ],
    ["v1", "ConfigMap", { data: { a: "1" } }, { data: { a: "2" } }, ["data.a"], ["data.a"]],
    ["v1", "ConfigMap", {}, { data: { a: "2" } }, ["data"], ["data"]],
    ["v1", "Secret", { stringData: { a: "1" } }, { stringData: { a: "2" } }, ["stringData.a"], ["stringData.a"]],
    [
      "v1",
      "Service",
      { spec: { ports: [{ port: 1 }] } },
      { spec: { ports: [{ port: 2 }] } },
      ["spec.ports[0].port"],
      [],
    ],
    ["v1", "Service", { spec: { clusterIP: "None" } }, { spec: {} }, ["spec.clusterIP"], ["spec.clusterIP"]],
    ["v1", "Service", {}, { spec: { clusterIP: "None" } }, ["spec"], ["spec"]],
    ["v1", "Service", {}, { spec: { type: "ClusterIP" } }, ["spec"], []],
    [
      "v1",
      "PersistentVolumeClaim",
      { spec: { storageClassName: "a", resources: { requests: { storage: "1Gi" } } } },
      { spec: { storageClassName: "a", resources: { requests: { storage: "2Gi" } } } },
      ["spec.resources.requests.storage"],
      [],
    ],
    [
      "v1",
      "PersistentVolumeClaim",
      { spec: { storageClassName: "a" } },
      { spec: { storageClassName: "b" } },
      ["spec.storageClassName"],
      ["spec.storageClassName"],
    ],
    [
      "rbac.authorization.k8s.io/v1",
      "RoleBinding",
      { roleRef: { name: "a" } },
      { roleRef: { name: "b" } },
      ["roleRef.name"],
      ["roleRef.name"],
    ],
    [
      "networking.istio.io/v1",
      "VirtualService",
      { spec: { http: [{ weight: 1 }] } },
      { spec: { http: [{ weight: 2 }] } },
      ["spec.http[0].weight"],
      [],
    ],
  ];
  test.each(cases)("%s %s %j -> %j", (apiVersion, kind, before, after, changed, replacing) => {
    const result = diffObject(object(kind, apiVersion, before), object(kind, apiVersion, after), [], IMMUTABLE_DATA);
    expect(result.changes.map(({ path }) => formatPath(path))).toEqual(changed);
    expect(result.replacing.map(({ path }) => formatPath(path))).toEqual(replacing);
    expect(result.deleteBeforeReplace).toBe(replacing.length > 0);
  });

  test("data may change in place where the provider says so, unless the object is immutable", () => {
    const mutable = { configMaps: true, secrets: true };
    const before = object("ConfigMap", "v1", { data: { a: "1" } });
    const after = object("ConfigMap", "v1", { data: { a: "2" } });
    expect(diffObject(before, after, [], mutable).replacing).toEqual([]);
    expect(diffObject(before, { ...after, immutable: true }, [], mutable).replacing).toEqual([
      { path: ["data", "a"], kind: "update" },
    ]);
  });

  test("a made-up or a new name lets the new object come first", () => {
    const named = (name: string, annotations: PropertyMap = {}): PropertyMap => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, annotations },
      data: { a: name },
    });
    expect(diffObject(named("a"), named("b"), [], IMMUTABLE_DATA)).toEqual({
      changes: [
        { path: ["metadata", "name"], kind: "update" },
        { path: ["data", "a"], kind: "update" },
      ],
      replacing: [
        { path: ["metadata", "name"], kind: "update" },
        { path: ["data", "a"], kind: "update" },
      ],
      deleteBeforeReplace: false,
    });
    const autonamed = { ...named("a", { "pulumi.com/autonamed": "true" }) };
    const changed = { ...autonamed, data: { a: "2" } };
    expect(diffObject(autonamed, changed, [], IMMUTABLE_DATA).deleteBeforeReplace).toBe(false);
  });

  test("ignored paths do not count, nor what is inside them", () => {
    const before = object("Service", "v1", { spec: { ports: [{ port: 1 }], type: "ClusterIP" } });
    const after = object("Service", "v1", { spec: { ports: [{ port: 2 }], type: "NodePort" } });
    expect(diffObject(before, after, ["spec.ports"], IMMUTABLE_DATA).changes).toEqual([
      { path: ["spec", "type"], kind: "update" },
    ]);
  });

  test("an unready object is replaced even without other changes", () => {
    const job = object("Job", "batch/v1", {});
    const unready = { path: ["metadata", "annotations", "pulumi.com/replaceUnready"], kind: "update" };
    expect(replacedUnready({ changes: [], replacing: [], deleteBeforeReplace: false }, job, job)).toEqual({
      changes: [unready],
      replacing: [unready],
      deleteBeforeReplace: true,
    });
  });
});
