import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  linkKubernetesProvider,
  linkLanguageHost,
  STAND_IN_DIRECTORY,
} from "../../../sandbox/pulumi-plugins/install.ts";
import {
  findOfficialKubernetesPlugin,
  findOfficialLanguageHost,
} from "../../../sandbox/pulumi-plugins/official-plugin.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "official-"));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function executable(...names: string[]): string {
  const path = join(root, ...names);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "#!/bin/sh\n");
  chmodSync(path, 0o755);
  return path;
}

describe("the official Kubernetes plugin", () => {
  const find = (path: string): string | undefined =>
    findOfficialKubernetesPlugin({ version: "4.34.2", environment: { PULUMI_HOME: join(root, "home"), PATH: path } });

  test("is found in the plugin cache, in the wanted version only", () => {
    executable("home", "plugins", "resource-kubernetes-v4.30.0", "pulumi-resource-kubernetes");
    expect(find("")).toBe(undefined);
    const plugin = executable("home", "plugins", "resource-kubernetes-v4.34.2", "pulumi-resource-kubernetes");
    expect(find("")).toBe(plugin);
  });

  test("is found on PATH behind the stand-in", () => {
    const plugin = executable("bin", "pulumi-resource-kubernetes");
    expect(find(`${STAND_IN_DIRECTORY}:${join(root, "bin")}`)).toBe(plugin);
    expect(find(STAND_IN_DIRECTORY)).toBe(undefined);
  });

  test("is not a link to the stand-in, nor a file that cannot be run", () => {
    const path = linkKubernetesProvider(join(root, "home"), "4.34.2");
    expect(realpathSync(path)).toBe(realpathSync(join(STAND_IN_DIRECTORY, "pulumi-resource-kubernetes")));
    expect(find("")).toBe(undefined);
    chmodSync(executable("bin", "pulumi-resource-kubernetes"), 0o644);
    expect(find(join(root, "bin"))).toBe(undefined);
  });
});

describe("the official language host", () => {
  const find = (...directories: string[]): string | undefined =>
    findOfficialLanguageHost({ PATH: directories.map((directory) => join(root, directory)).join(":") });

  test("is found on PATH or beside the pulumi that a link on PATH leads to", () => {
    executable("engine", "pulumi");
    expect(find("engine")).toBe(undefined);
    const host = executable("engine", "pulumi-language-nodejs");
    expect(find("engine")).toBe(host);
    expect(find("empty", "engine")).toBe(host);
  });

  test("is not a link to the stand-in beside pulumi", () => {
    executable("engine", "pulumi");
    const path = linkLanguageHost(join(root, "engine"));
    expect(realpathSync(path)).toBe(realpathSync(join(STAND_IN_DIRECTORY, "pulumi-language-nodejs")));
    expect(linkLanguageHost(join(root, "engine"))).toBe(path);
    expect(find("engine")).toBe(undefined);
  });
});
