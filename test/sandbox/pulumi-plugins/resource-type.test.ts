import { describe, expect, test } from "vitest";
import { uniqueName } from "../../../sandbox/pulumi-plugins/kubernetes/naming.ts";
import {
  formatId,
  logicalNameOf,
  objectTypeOf,
  parseId,
} from "../../../sandbox/pulumi-plugins/kubernetes/resource-type.ts";

test.each([
  ["kubernetes:core/v1:Service", { apiVersion: "v1", kind: "Service" }],
  ["kubernetes:apps/v1:Deployment", { apiVersion: "apps/v1", kind: "Deployment" }],
  [
    "kubernetes:networking.istio.io/v1:VirtualService",
    { apiVersion: "networking.istio.io/v1", kind: "VirtualService" },
  ],
  ["kubernetes:example.test/v1:JsonPatch", { apiVersion: "example.test/v1", kind: "JsonPatch" }],
])("%s", (type, expected) => {
  expect(objectTypeOf(type)).toEqual(expected);
});

test.each([
  "kubernetes:yaml/v2:ConfigGroup",
  "kubernetes:yaml:ConfigFile",
  "kubernetes:helm.sh/v4:Chart",
  "kubernetes:helm.sh/v3:Chart",
  "kubernetes:kustomize/v2:Directory",
  "kubernetes:core/v1:ConfigMapPatch",
  "kubernetes:core/v1:PodList",
  "kubernetes:networking.k8s.io/v1:IngressPatch",
  "nonsense",
])("%s is refused by name", (type) => {
  expect(() => objectTypeOf(type)).toThrow(
    new Error(
      `"${type}" is not supported: this is a stand-in for the Kubernetes plugin which manages single Kubernetes ` +
        "objects and Helm releases (helm.v3.Release). Where it can be downloaded, the official plugin does it: " +
        '"pulumi plugin install resource kubernetes".',
    ),
  );
});

describe("ids", () => {
  test.each([
    ["team/web", { namespace: "team", name: "web" }],
    ["web", { name: "web" }],
  ])("%s", (id, name) => {
    expect(parseId(id)).toEqual(name);
    expect(formatId(name)).toBe(id);
  });

  test.each(["", "team/", "a/b/c"])('"%s" is refused', (id) => {
    expect(() => parseId(id)).toThrow(new Error(`"${id}" is not an id: expected "namespace/name" or "name"`));
  });
});

test("a name is the last part of a URN", () => {
  expect(logicalNameOf("urn:pulumi:dev::p::kubernetes:core/v1:Service::web")).toBe("web");
});

test("made-up names repeat with the seed and are random without one", () => {
  expect(uniqueName("web", new Uint8Array([1]))).toBe("web-4bf5122f");
  expect(uniqueName("web", new Uint8Array())).toMatch(/^web-[0-9a-f]{8}$/);
  expect(uniqueName("web", new Uint8Array())).not.toBe(uniqueName("web", new Uint8Array()));
});
