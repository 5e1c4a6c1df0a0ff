import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { sandboxEnvironment } from "../../sandbox/environment.ts";
import { contextOf } from "../../sandbox/folders.ts";
import { type Outcome, run } from "./project.ts";
import { kubectl, pulumi } from "./stack.ts";

let folder: string;
let pack: string;

/** Runs `pulumi` on the project in that folder. */
function refused(...args: string[]): Promise<Outcome> {
  const env = sandboxEnvironment(inject("sandbox"));
  return run("pulumi", ["--non-interactive", ...args], { cwd: folder, env });
}

/** Makes the program of the project in that folder one that declares those resources. */
function declare(resources: string): void {
  const program = `
    import * as k8s from "@pulumi/kubernetes";
    const provider = new k8s.Provider("cluster", { context: ${JSON.stringify(contextOf(inject("sandbox")))} });
    const virtualService = (name, weight) =>
      new k8s.apiextensions.CustomResource(
        name,
        {
          apiVersion: "networking.istio.io/v1",
          kind: "VirtualService",
          metadata: { name, namespace: "default" },
          spec: {
            hosts: ["policy.example.com"],
            http: [{ name: "split", route: [{ destination: { host: "a" }, weight: 10 }, { destination: { host: "b" }, weight }] }],
          },
        },
        { provider },
      );
    ${resources}
  `;
  writeFileSync(join(folder, "index.js"), program);
}

beforeAll(async () => {
  pack = join(inject("project"), "policy");
  // Beside the stack's own program, so that it finds the same packages.
  folder = mkdtempSync(join(inject("project"), "policy-"));
  writeFileSync(
    join(folder, "Pulumi.yaml"),
    "name: policy-e2e\nruntime: { name: nodejs, options: { typescript: false } }\n",
  );
  writeFileSync(join(folder, "package.json"), `{ "name": "policy-e2e", "type": "module", "main": "index.js" }`);
  const { code, output } = await refused("stack", "init", "policy");
  if (code !== 0) throw new Error(output);
});

afterAll(async () => {
  await refused("destroy", "--yes", "--skip-preview");
  await refused("stack", "rm", "--yes", "policy");
  await pulumi("stack", "select", "dev");
  rmSync(folder, { recursive: true });
});

describe("e2e: the policy pack", () => {
  it("lets this project's stack pass", async () => {
    const { code, output } = await pulumi("preview", "--policy-pack", pack);
    expect(output).toContain("✅ vllm-istio-canary@");
    expect(code).toBe(0);
  });

  it("refuses a Deployment that breaks the rules before it is made, even without a preview", async () => {
    declare(`
      const labels = { app: "policy-e2e" };
      const template = { metadata: { labels }, spec: { containers: [{ name: "server", image: "nginx:latest" }] } };
      const metadata = { name: "policy-e2e", namespace: "default" };
      new k8s.apps.v1.Deployment("bad", { metadata, spec: { selector: { matchLabels: labels }, template } }, { provider });
      virtualService("uneven", 80);
    `);
    const { code, output } = await refused("up", "--yes", "--skip-preview", "--policy-pack", pack);
    expect(code).not.toBe(0);
    expect(output).toMatch(
      /\[mandatory\] {2}(container-resources|image-digests|pod-security-restricted|route-weights)/,
    );
    const made = await kubectl("-n", "default", "get", "deployments,virtualservices", "-o", "name");
    expect(made).not.toMatch(/policy-e2e|uneven/);
  });

  it("names every finding in a preview", async () => {
    const { output } = await refused("preview", "--policy-pack", pack);
    for (const finding of [
      "container server has no memory limit",
      'container server has the image "nginx:latest"; expected one by digest',
      "container server does not set runAsNonRoot",
      "the weights of route split sum to 90",
    ]) {
      expect(output).toContain(finding);
    }
  });

  it("refuses a second VirtualService of one host in the preview", async () => {
    declare(`virtualService("one", 90); virtualService("two", 90);`);
    const { code, output } = await refused("preview", "--policy-pack", pack);
    expect(code).not.toBe(0);
    expect(output).toMatch(/(one|two): host policy\.example\.com at gateway mesh is (one|two)'s already/);
  });
});
