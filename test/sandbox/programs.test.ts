import { existsSync, lstatSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { kubernetesPluginVersion } from "../../sandbox/build/kubernetes-plugin.ts";
import { installPlugins } from "../../sandbox/programs.ts";

const standIn = `plugins/resource-kubernetes-v${kubernetesPluginVersion}/pulumi-resource-kubernetes`;
let root: string;
let sandboxHome: string;
let userHome: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "pulumi-homes-"));
  sandboxHome = join(root, "sandbox");
  userHome = join(root, "user");
  mkdirSync(sandboxHome);
  mkdirSync(join(userHome, "plugins"), { recursive: true });
  writeFileSync(join(userHome, "plugins/own"), "");
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

describe("installPlugins", () => {
  it("replaces the stand-in's folder by a link to the home that has the official plugin", () => {
    installPlugins(sandboxHome, undefined);
    expect(lstatSync(join(sandboxHome, standIn)).isSymbolicLink()).toBe(true);
    installPlugins(sandboxHome, userHome);
    installPlugins(sandboxHome, userHome);
    expect(readlinkSync(join(sandboxHome, "plugins"))).toBe(join(userHome, "plugins"));
  });

  it("puts the stand-in in place of such a link, and leaves the user's home as it was", () => {
    installPlugins(sandboxHome, userHome);
    installPlugins(sandboxHome, undefined);
    expect(lstatSync(join(sandboxHome, standIn)).isSymbolicLink()).toBe(true);
    expect(existsSync(join(userHome, standIn))).toBe(false);
    expect(existsSync(join(userHome, "plugins/own"))).toBe(true);
  });

  it("links nothing when the official plugin is only on PATH", () => {
    installPlugins(sandboxHome, join(root, "none"));
    expect(lstatSync(join(sandboxHome, "plugins"), { throwIfNoEntry: false })).toBeUndefined();
  });
});
