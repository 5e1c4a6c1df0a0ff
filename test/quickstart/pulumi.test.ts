import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { removeStaleLocks } from "../../quickstart/pulumi.ts";

const backend = mkdtempSync(join(tmpdir(), "pulumi-backend-"));

afterAll(() => {
  rmSync(backend, { recursive: true });
});

it("removes the lock of a killed pulumi and keeps that of a running one", () => {
  const folder = join(backend, ".pulumi/locks/organization/project/stack");
  mkdirSync(folder, { recursive: true });
  const [dead, alive] = [join(folder, "dead.json"), join(folder, "alive.json")];
  // Above the kernel's largest process id.
  writeFileSync(dead, JSON.stringify({ pid: 4_194_305 }));
  writeFileSync(alive, JSON.stringify({ pid: process.pid }));
  removeStaleLocks(backend);
  expect([existsSync(dead), existsSync(alive)]).toEqual([false, true]);
});

it("has nothing to do before the first update", () => {
  expect(() => {
    removeStaleLocks(join(backend, "nowhere"));
  }).not.toThrow();
});
