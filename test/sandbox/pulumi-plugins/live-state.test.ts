import { describe, expect, test } from "vitest";
import { importedInputs, recordedObject, toOutputs } from "../../../sandbox/pulumi-plugins/kubernetes/checkpoint.ts";
import { inputsFromLive } from "../../../sandbox/pulumi-plugins/kubernetes/live-state.ts";
import { beforeCreation } from "../../../sandbox/pulumi-plugins/kubernetes/preview.ts";
import { makeSecret, UNKNOWN } from "../../../sandbox/pulumi-plugins/rpc/property-values.ts";
import type { PropertyMap } from "../../../sandbox/pulumi-plugins/rpc/property-values.ts";

describe("inputs as the cluster has them", () => {
  const inputs = { spec: { replicas: 1, cpu: "1000m", ports: [{ port: 80 }] }, stringData: { a: "x" } };
  const recorded = { spec: { replicas: 1, cpu: "1", ports: [{ port: 80, protocol: "TCP" }], type: "A" }, status: 1 };
  const cases: [string, PropertyMap, PropertyMap][] = [
    ["nothing happened", recorded, inputs],
    ["defaults and status changed", { ...recorded, spec: { ...recorded.spec, type: "B" }, status: 2 }, inputs],
    [
      "a field was changed",
      { ...recorded, spec: { ...recorded.spec, replicas: 3 } },
      { ...inputs, spec: { ...inputs.spec, replicas: 3 } },
    ],
    [
      "a field was removed",
      { ...recorded, spec: { cpu: "1", ports: recorded.spec.ports } },
      { ...inputs, spec: { cpu: "1000m", ports: [{ port: 80 }] } },
    ],
    [
      "a list item was changed",
      { ...recorded, spec: { ...recorded.spec, ports: [{ port: 81, protocol: "TCP" }] } },
      { ...inputs, spec: { ...inputs.spec, ports: [{ port: 81 }] } },
    ],
    [
      "a list item was added",
      { ...recorded, spec: { ...recorded.spec, ports: [...recorded.spec.ports, { port: 90 }] } },
      { ...inputs, spec: { ...inputs.spec, ports: [{ port: 80 }, { port: 90 }] } },
    ],
  ];
  test.each(cases)("%s", (_, live, expected) => {
    expect(inputsFromLive(inputs, recorded, live)).toEqual(expected);
  });
});

const live = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "a", uid: "1", managedFields: [{ manager: "x" }], resourceVersion: "2" },
  data: { a: "eA==" },
};

test("what is stored can be read back, without the bookkeeping of owners", () => {
  const inputs = { apiVersion: "v1", kind: "Secret", stringData: { a: makeSecret("x") } };
  const outputs = toOutputs(live, inputs, "pulumi-kubernetes-1");
  expect(outputs).toEqual({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "a", uid: "1", resourceVersion: "2" },
    data: makeSecret({ a: "eA==" }),
    __inputs: { apiVersion: "v1", kind: "Secret", stringData: makeSecret({ a: "x" }) },
    __initialApiVersion: "v1",
    __fieldManager: "pulumi-kubernetes-1",
  });
  expect(recordedObject(outputs)).toEqual({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "a", uid: "1", resourceVersion: "2" },
    data: { a: "eA==" },
  });
});

test("the inputs of a foreign object are all but what the server fills in", () => {
  expect(importedInputs({ ...live, status: { phase: "x" } })).toEqual({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "a" },
    data: { a: "eA==" },
  });
});

describe("a preview of a creation", () => {
  const unknown = { uid: UNKNOWN, resourceVersion: UNKNOWN, creationTimestamp: UNKNOWN };

  test("does not tell what only the creation decides", () => {
    const service = {
      kind: "Service",
      metadata: { name: "a", uid: "dry" },
      spec: { clusterIP: "10.0.0.1", type: "A" },
    };
    expect(beforeCreation(service, {})).toEqual({
      kind: "Service",
      metadata: { name: "a", ...unknown },
      spec: { clusterIP: UNKNOWN, clusterIPs: UNKNOWN, type: "A" },
      status: UNKNOWN,
    });
  });

  test("keeps what the program set", () => {
    const service = { kind: "Service", metadata: UNKNOWN, spec: { clusterIP: "None" } };
    expect(beforeCreation(service, service)).toEqual({ ...service, status: UNKNOWN });
  });
});
