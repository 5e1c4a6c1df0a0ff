import { describe, expect, test } from "vitest";
import {
  changesBetween,
  formatPath,
  parsePath,
  valueAtPath,
  withValueAtPath,
} from "../../../sandbox/pulumi-plugins/kubernetes/changes.ts";
import { UNKNOWN } from "../../../sandbox/pulumi-plugins/rpc/property-values.ts";
import type { PropertyValue } from "../../../sandbox/pulumi-plugins/rpc/property-values.ts";

describe("changes between two values", () => {
  const cases: [string, PropertyValue, PropertyValue, [string, string][]][] = [
    ["nothing", { a: { b: [1] } }, { a: { b: [1] } }, []],
    ["null and missing are the same", { a: null }, {}, []],
    ["a leaf", { a: { b: 1, c: 2 } }, { a: { b: 3, c: 2 } }, [["a.b", "update"]]],
    ["an added object", {}, { a: { b: 1 } }, [["a", "add"]]],
    ["a removed field", { a: 1, b: 2 }, { b: 2 }, [["a", "delete"]]],
    ["a list item", { l: [{ n: 1 }, { n: 2 }] }, { l: [{ n: 1 }, { n: 3 }] }, [["l[1].n", "update"]]],
    ["a longer list", { l: [1] }, { l: [1, 2] }, [["l[1]", "add"]]],
    ["a shorter list", { l: [1, 2] }, { l: [1] }, [["l[1]", "delete"]]],
    ["another type", { a: "1" }, { a: 1 }, [["a", "update"]]],
    ["an unknown", { a: 1 }, { a: UNKNOWN }, [["a", "update"]]],
    ["an unknown for an object", { a: { b: 1 } }, { a: UNKNOWN }, [["a", "update"]]],
    ["a name with dots", { a: { "x.y/z": 1 } }, { a: { "x.y/z": 2 } }, [['a["x.y/z"]', "update"]]],
  ];
  test.each(cases)("%s", (_, before, after, expected) => {
    expect(changesBetween(before, after).map(({ path, kind }) => [formatPath(path), kind])).toEqual(expected);
  });
});

test.each([
  ["spec.containers[0].image", ["spec", "containers", 0, "image"]],
  ['metadata.annotations["pulumi.com/a"]', ["metadata", "annotations", "pulumi.com/a"]],
  ['a["say \\"x\\""][2]', ["a", 'say "x"', 2]],
  ["app-name", ["app-name"]],
])("path %s", (text, path) => {
  expect(parsePath(text)).toEqual(path);
  expect(formatPath(path)).toBe(text);
});

test("a value is read and replaced at a path", () => {
  const object = { spec: { ports: [{ port: 80 }] } };
  expect(valueAtPath(object, ["spec", "ports", 0, "port"])).toBe(80);
  expect(valueAtPath(object, ["spec", "ports", "port"])).toBe(undefined);
  expect(withValueAtPath(object, ["spec", "ports", 0, "port"], 81)).toEqual({ spec: { ports: [{ port: 81 }] } });
  expect(withValueAtPath(object, ["spec", "replicas"], 2)).toEqual({ spec: { ports: [{ port: 80 }], replicas: 2 } });
  expect(withValueAtPath(object, ["status", "phase"], "x")).toEqual(object);
});
