import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { mustPulumi, pulumi, removeStack } from "./stack.ts";

const stack = "faults";
const file = () => join(inject("project"), `Pulumi.${stack}.yaml`);
let good: string;

beforeAll(async () => {
  await mustPulumi("stack", "init", stack, "--no-select");
  good = readFileSync(join(inject("project"), "Pulumi.dev.yaml"), "utf8").replace(/^encryptionsalt:.*\n/m, "");
  const salt = readFileSync(file(), "utf8");
  good = salt.startsWith("encryptionsalt") ? salt + good : good;
});

afterAll(async () => {
  await removeStack(stack);
});

const set = (...args: string[]) => mustPulumi("config", "set", "--stack", stack, ...args);

it.each<[string, () => Promise<unknown>, string]>([
  ["weight -1", () => set("canaryWeight", "--", "-1"), 'canaryWeight is "-1"; expected an integer from 0 to 100'],
  ["weight 101", () => set("canaryWeight", "101"), 'canaryWeight is "101"; expected an integer from 0 to 100'],
  ["weight 10.5", () => set("canaryWeight", "10.5"), 'canaryWeight is "10.5"; expected an integer from 0 to 100'],
  ["weight ten", () => set("canaryWeight", "ten"), 'canaryWeight is "ten"; expected an integer from 0 to 100'],
  [
    "versions unset",
    () => mustPulumi("config", "rm", "--stack", stack, "versions"),
    "versions is not set; expected a list of exactly two versions",
  ],
  [
    "a version without name",
    () => mustPulumi("config", "rm", "--stack", stack, "--path", "versions[1].name"),
    "versions[1].name is not set; expected 1 to 20 lower-case letters",
  ],
  [
    "two versions of one name",
    () => set("--path", "versions[1].name", "v1"),
    'versions[1].name is "v1"; expected a name other than the one of versions[0]',
  ],
  ["an unknown key", () => set("canaryWieght", "5"), "did you mean canaryWeight?"],
])("%s: one clear line, exit code not 0, nothing created", async (_, spoil, line) => {
  writeFileSync(file(), good);
  await spoil();
  const { code, output } = await pulumi("up", "--stack", stack, "--yes", "--skip-preview");
  expect(code).not.toBe(0);
  const [, diagnostics = ""] = output.split("Diagnostics:");
  expect(diagnostics.split("\n").filter((text) => text.includes(line))).toHaveLength(1);
  const state = JSON.parse(await mustPulumi("stack", "export", "--stack", stack)) as {
    deployment: { resources?: { type: string }[] };
  };
  const created = (state.deployment.resources ?? []).map(({ type }) => type);
  expect(created.filter((type) => type !== "pulumi:pulumi:Stack")).toEqual([]);
});

it("names the setting in every fault when there are several", async () => {
  writeFileSync(file(), good);
  await set("canaryWeight", "101");
  await set("namespace", "kube-system");
  const { output } = await pulumi("up", "--stack", stack, "--yes", "--skip-preview");
  expect(output).toContain('canaryWeight is "101"');
  expect(output).toContain('namespace is "kube-system"');
});
