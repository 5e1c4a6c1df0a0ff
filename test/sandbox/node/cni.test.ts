import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { linkCniPlugins } from "../../../sandbox/node/cni.ts";

let root: string;
let from: string;
let to: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "cni-"));
  from = join(root, "debian");
  to = join(root, "opt/cni/bin");
  mkdirSync(from);
  for (const plugin of ["ptp", "portmap"]) writeFileSync(join(from, plugin), plugin);
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

describe("pure: linkCniPlugins", () => {
  it("offers every plugin, as often as the node starts", () => {
    linkCniPlugins(from, to);
    rmSync(join(from, "portmap"));
    writeFileSync(join(from, "portmap"), "newer");
    linkCniPlugins(from, to);
    expect(readdirSync(to).sort()).toEqual(["portmap", "ptp"]);
    expect(readFileSync(join(to, "portmap"), "utf8")).toBe("newer");
  });

  it("leaves what a DaemonSet has installed beside them", () => {
    mkdirSync(to, { recursive: true });
    writeFileSync(join(to, "istio-cni"), "installed");
    linkCniPlugins(from, to);
    expect(readFileSync(join(to, "istio-cni"), "utf8")).toBe("installed");
  });
});
