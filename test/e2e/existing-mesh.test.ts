import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { complete } from "../../quickstart/traffic.ts";
import { gateway, managedObjects, mustPulumi, namespace, pulumi, removeStack } from "./stack.ts";
import { model } from "./traffic.ts";

const second = "second";
let before: readonly string[];

beforeAll(async () => {
  before = await managedObjects();
  await mustPulumi("stack", "init", second);
  await mustPulumi("stack", "select", "dev");
  await mustPulumi("config", "cp", "--dest", second);
  await mustPulumi("stack", "select", second);
  await mustPulumi("config", "set", "namespace", "second");
  await mustPulumi("config", "set", "--path", "mesh.install", "false");
});

afterAll(async () => {
  await mustPulumi("destroy", "--yes", "--skip-preview");
  await removeStack(second);
  rmSync(join(inject("project"), `Pulumi.${second}.yaml`), { force: true });
});

describe("a mesh that is there already", () => {
  it("is asked for before anything is made: a control plane or gateway of another name is none", async () => {
    await mustPulumi("config", "set", "--path", "gateway.service", "no-gateway");
    const { code, output } = await pulumi("up", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    expect(output).toMatch(/mesh-gateway.*\n?.*istio-ingress\/no-gateway.*(not found|does not exist)/);
    expect(await managedObjects()).toEqual(before);
    await mustPulumi("config", "rm", "--path", "gateway.service");
  });

  it("serves a second stack through the same gateway, and the first one as before", async () => {
    await mustPulumi("up", "--yes", "--skip-preview");
    const target = await gateway();
    expect(target.host).toBe("vllm-service.second.svc.cluster.local");
    const first = { ...target, host: `vllm-service.${namespace}.svc.cluster.local` };
    await expect.poll(async () => (await complete(target, model)).status, { timeout: 10_000 }).toBe(200);
    expect((await complete(first, model)).status).toBe(200);
    await mustPulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
  });

  it("stays when that stack goes", async () => {
    await mustPulumi("destroy", "--yes", "--skip-preview");
    expect(await managedObjects()).toEqual(before);
  });
});
