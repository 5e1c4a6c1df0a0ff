import { expect, test } from "vitest";
import {
  containsUnknown,
  fromStruct,
  makeSecret,
  markSecrets,
  revealSecrets,
  toKubernetesNames,
  toPulumiNames,
  toStruct,
  UNKNOWN,
} from "../../../sandbox/pulumi-plugins/rpc/property-values.ts";

test("a map survives the wire, secrets, unknowns and nulls included", () => {
  const values = { a: [1, { b: null }], c: makeSecret("x"), d: UNKNOWN, gone: undefined };
  expect(fromStruct(toStruct(values))).toEqual({ a: [1, { b: null }], c: makeSecret("x"), d: UNKNOWN });
  expect(fromStruct(undefined)).toEqual({});
});

test("secrets are revealed at every depth", () => {
  const values = { a: makeSecret({ b: makeSecret("x") }), list: [makeSecret(1), 2] };
  expect(revealSecrets(values)).toEqual({ a: { b: "x" }, list: [1, 2] });
});

test("a secret is not wrapped twice", () => {
  expect(makeSecret(makeSecret("x"))).toEqual(makeSecret("x"));
});

test("outputs are secret where inputs are, lists as a whole", () => {
  const inputs = { spec: { token: makeSecret("x"), open: 1, list: ["a", makeSecret("b")] }, gone: makeSecret("y") };
  const outputs = { spec: { token: "x", open: 1, list: ["b", "a"], added: true } };
  expect(markSecrets(outputs, inputs)).toEqual({
    spec: { token: makeSecret("x"), open: 1, list: makeSecret(["b", "a"]), added: true },
  });
});

test("the data of a Kubernetes Secret is always secret", () => {
  const secret = { kind: "Secret", data: { a: "eA==" }, type: "Opaque" };
  expect(markSecrets(secret, {})).toEqual({ kind: "Secret", data: makeSecret({ a: "eA==" }), type: "Opaque" });
});

test("an unknown is found inside a secret", () => {
  expect(containsUnknown({ a: [makeSecret(UNKNOWN)] })).toBe(true);
  expect(containsUnknown({ a: ["known"] })).toBe(false);
});

test("the SDK's names of schema extensions become the API's and back", () => {
  const sdk = { x_kubernetes_preserve_unknown_fields: true, spec_name: [{ x_kubernetes_list_map_keys: ["a_b"] }] };
  const api = { "x-kubernetes-preserve-unknown-fields": true, spec_name: [{ "x-kubernetes-list-map-keys": ["a_b"] }] };
  expect(toKubernetesNames(sdk)).toEqual(api);
  expect(toPulumiNames(api)).toEqual(sdk);
});
