import type { ResourceValidationArgs, StackValidationArgs } from "@pulumi/policy";
import { describe, expect, it } from "vitest";
import { packOf } from "../../policy/pack.ts";
import { RULES } from "../../policy/rules.ts";

describe("pure: the policy pack", () => {
  it("has every rule once, as a mandatory policy", () => {
    expect(packOf(RULES).map(({ name, enforcementLevel }) => [name, enforcementLevel])).toEqual([
      ["container-resources", "mandatory"],
      ["image-digests", "mandatory"],
      ["pod-security-restricted", "mandatory"],
      ["route-weights", "mandatory"],
      ["one-writer", "mandatory"],
    ]);
  });

  it("reports each finding by itself", () => {
    const [perResource, perStack] = packOf([
      { name: "a", description: "A.", check: ({ name }) => [`${name} 1`, `${name} 2`] },
      { name: "b", description: "B.", checkStack: (resources) => resources.map(({ name }) => name) },
    ]);
    const reported: string[] = [];
    const report = (finding: string): void => void reported.push(finding);
    const resource = { type: "t", name: "x", props: {} };
    if (perResource === undefined || !("validateResource" in perResource)) throw new Error("no resource policy");
    if (perStack === undefined || !("validateStack" in perStack)) throw new Error("no stack policy");
    for (const validate of [perResource.validateResource].flat()) {
      void validate(resource as unknown as ResourceValidationArgs, report);
    }
    void perStack.validateStack({ resources: [resource, resource] } as unknown as StackValidationArgs, report);
    expect(reported).toEqual(["x 1", "x 2", "x", "x"]);
  });
});
