import { describe, expect, it } from "vitest";
import { cacheFolder, sandboxesFolder } from "../../sandbox/folders.ts";
import { machineFaults, type Machine } from "../../sandbox/preflight.ts";

const gibibyte = 1024 ** 3;
const good: Machine = {
  platform: "linux",
  arch: "x64",
  uid: 0,
  overlay: true,
  has: () => true,
  freeBytes: () => 100 * gibibyte,
};
const without = (...missing: string[]): Machine => ({ ...good, has: (program) => !missing.includes(program) });

describe("machineFaults", () => {
  it("is empty on a machine that has all", () => {
    expect(machineFaults(good, true)).toEqual([]);
  });

  it.each<[string, Machine, boolean, string[]]>([
    [
      "not Linux",
      { ...good, platform: "darwin", arch: "arm64" },
      true,
      [
        "a sandbox needs Linux on x86-64, this is darwin on arm64: use a cluster you have (npm run up -- --context NAME), or a Linux virtual machine",
      ],
    ],
    [
      "not root",
      { ...good, uid: 1000 },
      false,
      ["a sandbox makes namespaces and mounts, so it needs root: run it with sudo -E"],
    ],
    ["no Go", without("go"), true, ["no Go: install Go 1.26 or newer (https://go.dev/dl) and put it on PATH"]],
    ["no Go, but nothing to build", without("go"), false, []],
    ["a program that apt-get can install", without("mmdebstrap"), true, []],
    [
      "no package manager that could",
      without("mmdebstrap", "pip3", "apt-get"),
      true,
      ["missing on PATH: mmdebstrap, pip3: install them with this machine's package manager"],
    ],
    [
      "no disk to build",
      { ...good, freeBytes: (folder) => (folder === cacheFolder ? 2.5 * gibibyte : 0) },
      true,
      [
        `${cacheFolder} has 2.5 GiB free, 12.0 GiB are needed: free some, or set XDG_CACHE_HOME and XDG_STATE_HOME to a larger disk`,
      ],
    ],
    [
      "no disk to run",
      { ...good, freeBytes: (folder) => (folder === sandboxesFolder ? 3.9 * gibibyte : 0) },
      false,
      [
        `${sandboxesFolder} has 3.9 GiB free, 4.0 GiB are needed: free some, or set XDG_CACHE_HOME and XDG_STATE_HOME to a larger disk`,
      ],
    ],
    [
      "several at once",
      { ...without("go"), overlay: false },
      true,
      [
        "this kernel has no overlay file system loaded: modprobe overlay",
        "no Go: install Go 1.26 or newer (https://go.dev/dl) and put it on PATH",
      ],
    ],
  ])("names it: %s", (_, machine, building, faults) => {
    expect(machineFaults(machine, building)).toEqual(faults);
  });
});
