import type { Policies } from "@pulumi/policy";
import type { ResourceRule, StackRule } from "./resource.ts";

/** The rules as mandatory policies: a stack that breaks one is neither previewed nor updated without an error. */
export function packOf(rules: readonly (ResourceRule | StackRule)[]): Policies {
  return rules.map((rule) => {
    const { name, description } = rule;
    const common = { name, description, enforcementLevel: "mandatory" } as const;
    return "check" in rule
      ? {
          ...common,
          validateResource: (resource, report) => {
            for (const finding of rule.check(resource)) report(finding);
          },
        }
      : {
          ...common,
          validateStack: ({ resources }, report) => {
            for (const finding of rule.checkStack(resources)) report(finding);
          },
        };
  });
}
