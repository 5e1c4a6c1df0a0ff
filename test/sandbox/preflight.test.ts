import { describe, expect, it } from "vitest";
import { machineFaults, type Machine } from "../../sandbox/preflight.ts";

const gibibyte = 1024 ** 3;
const good: Machine = {
  platform: "linux",
  arch: "x64",
  uid: 0,
  overlay: true,
  goVersion: "go1.26.8",
  goToolchain: "auto",
  cacheFolder: "/cache",
  sandboxesFolder: "/state",
  has: () => true,
  freeBytes: () => 100 * gibibyte,
};
const without = (...missing: string[]): Machine => ({ ...good, has: (program) => !missing.includes(program) });
const withGo = (goVersion: string | undefined, goToolchain = "auto"): Machine => ({ ...good, goVersion, goToolchain });
const withFree = (cache: number, state: number): Machine => ({
  ...good,
  freeBytes: (folder) => (folder === good.cacheFolder ? cache : state) * gibibyte,
});

const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
const installGo = "install Go 1.26 or newer (https://go.dev/dl) and put it on PATH";
const largerDisk = "free some, or set XDG_CACHE_HOME and XDG_STATE_HOME to a larger disk";
const noOverlay = "this kernel has no overlay file system, and modprobe overlay brings none";
const noMounts = "has a character that overlay mounts cannot take (colon, comma, backslash or blank)";

/** What the machine is like, the machine, whether parts are to be built, the faults. */
type Row = [title: string, machine: Machine, building: boolean, faults: string[]];

const machines: Row[] = [
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
    ['a sandbox makes namespaces and mounts, so it needs root: sudo -E env "PATH=$PATH" npm run up'],
  ],
  ["no overlay, no Go", { ...withGo(undefined), overlay: false }, true, [noOverlay, `no Go: ${installGo}`]],
];

const goVersions: Row[] = [
  ["no Go", withGo(undefined), true, [`no Go: ${installGo}`]],
  ["no Go, but nothing to build", withGo(undefined), false, []],
  ["a Go so old that it does not tell", withGo(""), true, [`the Go on PATH is older than 1.16, too old: ${installGo}`]],
  ["an old Go", withGo("go1.19.8"), true, [`the Go on PATH is go1.19.8, too old: ${installGo}`]],
  ["a Go that fetches a newer one", withGo("go1.21.0"), true, []],
  [
    "a Go that may not fetch one",
    withGo("go1.25.3", "local"),
    true,
    [
      `the Go on PATH is go1.25.3, and GOTOOLCHAIN=local keeps it from fetching a newer one: go env -w GOTOOLCHAIN=auto, or ${installGo}`,
    ],
  ],
  ["a new Go that need not fetch one", withGo("go1.26rc1", "local"), true, []],
  ["a Go of the next generation", withGo("devel go2.0-abcdef", "local"), true, []],
];

const programs: Row[] = [
  ["programs that apt-get will install", without("mmdebstrap", keyring), true, []],
  [
    "no package manager that could",
    without("mmdebstrap", "pip3", keyring, "apt-get"),
    true,
    [`missing on this machine: mmdebstrap, ${keyring}, pip3: install them with this machine's package manager`],
  ],
  ["what only a build needs", without("mmdebstrap", "pip3", "tar", keyring, "apt-get"), false, []],
  ["what a run needs", without("unshare"), false, ["missing on this machine: unshare: apt-get install util-linux"]],
];

const disks: Row[] = [
  ["no disk to build", withFree(2.5, 100), true, [`/cache has 2.5 GiB free, 12.0 GiB are needed: ${largerDisk}`]],
  ["no disk to run", withFree(0, 3.9), false, [`/state has 3.9 GiB free, 4.0 GiB are needed: ${largerDisk}`]],
  [
    "no disk to run after the build",
    withFree(12, 3),
    true,
    [`/state has 3.0 GiB free, 4.0 GiB are needed: ${largerDisk}`],
  ],
  [
    "folders that cannot be mounted",
    { ...good, cacheFolder: "/home/Ann Lee/.cache", sandboxesFolder: "/state:1" },
    false,
    [
      `'/home/Ann Lee/.cache' ${noMounts}: set XDG_CACHE_HOME to a folder without`,
      `'/state:1' ${noMounts}: set XDG_STATE_HOME to a folder without`,
    ],
  ],
];

describe("machineFaults", () => {
  it("is empty on a machine that has all", () => {
    expect(machineFaults(good, true)).toEqual([]);
  });

  it.each([...machines, ...goVersions, ...programs, ...disks])("judges: %s", (_, machine, building, faults) => {
    expect(machineFaults(machine, building)).toEqual(faults);
  });
});
