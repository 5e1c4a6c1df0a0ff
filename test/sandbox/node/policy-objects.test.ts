import { describe, expect, it } from "vitest";
import { selects, type LabelSelector } from "../../../sandbox/node/policy-objects.ts";

const labels = { app: "server", version: "v1" };
const expression = (
  key: string,
  operator: NonNullable<LabelSelector["matchExpressions"]>[number]["operator"],
  values?: readonly string[],
): LabelSelector => ({ matchExpressions: [values === undefined ? { key, operator } : { key, operator, values }] });

describe("pure: selects", () => {
  it.each<[LabelSelector, boolean]>([
    [{}, true],
    [{ matchLabels: { app: "server" } }, true],
    [{ matchLabels: { app: "server", version: "v2" } }, false],
    [expression("version", "In", ["v1", "v2"]), true],
    [expression("version", "In", ["v2"]), false],
    [expression("team", "In", ["a"]), false],
    [expression("version", "NotIn", ["v1"]), false],
    [expression("version", "NotIn", ["v2"]), true],
    [expression("team", "NotIn", ["a"]), true],
    [expression("app", "Exists"), true],
    [expression("team", "Exists"), false],
    [expression("app", "DoesNotExist"), false],
    [expression("team", "DoesNotExist"), true],
    [{ matchLabels: { app: "server" }, ...expression("version", "In", ["v2"]) }, false],
  ])("%j: %s", (selector, expected) => {
    expect(selects(selector, labels)).toBe(expected);
  });

  it("takes an object without labels for one with none", () => {
    expect(selects({}, undefined)).toBe(true);
    expect(selects({ matchLabels: { app: "server" } }, undefined)).toBe(false);
  });
});
