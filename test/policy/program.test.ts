import * as pulumi from "@pulumi/pulumi";
import { afterEach, describe, expect, it, vi } from "vitest";
import { RULES } from "../../policy/rules.ts";
import { podOf } from "../../policy/pods.ts";
import { kindOf, type Resource } from "../../policy/resource.ts";
import { mockEngine, registered } from "../mocks.ts";
import { stackConfig } from "../stack-file.ts";

/** What the program declares with the settings of that stack's file. */
async function declared(stack: string): Promise<Resource[]> {
  const { config, secretKeys } = stackConfig(stack);
  const engine = await mockEngine({ status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] }, readyReplicas: 1 } });
  pulumi.runtime.setAllConfig(config, secretKeys);
  await import("../../index.ts");
  await registered();
  return engine.all.map(({ type, name, inputs }) => ({ type, name, props: inputs }));
}

afterEach(() => {
  vi.resetModules();
});

describe.each(["dev", "prod"])("mocks: what the program declares for the stack %s", (stack) => {
  it("keeps to every rule of the policy pack", async () => {
    const resources = await declared(stack);
    expect(resources.filter((resource) => podOf(resource) !== undefined).length).toBeGreaterThanOrEqual(2);
    expect(resources.filter((resource) => kindOf(resource) === "VirtualService")).toHaveLength(1);
    const findings = RULES.flatMap((rule) =>
      "check" in rule
        ? resources.flatMap((resource) => rule.check(resource).map((finding) => `${resource.name}: ${finding}`))
        : rule.checkStack(resources),
    );
    expect(findings).toEqual([]);
  });
});
