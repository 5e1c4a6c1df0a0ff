import { existsSync, mkdirSync, readFileSync, statfsSync } from "node:fs";
import { arch, platform } from "node:os";
import { delimiter, join } from "node:path";
import { command, retried } from "./command.ts";
import { cacheFolder, sandboxesFolder } from "./folders.ts";

const gibibyte = 1024 ** 3;
const diskForBuild = 12 * gibibyte;
const diskForRun = 4 * gibibyte;

/** Debian packages that put the needed programs on PATH. */
const debianPackages: Readonly<Record<string, string>> = {
  mmdebstrap: "mmdebstrap",
  unshare: "util-linux",
  tar: "tar",
  python3: "python3-pip",
};

function onPath(program: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));
}

function freeBytes(folder: string): number {
  mkdirSync(folder, { recursive: true });
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

function diskFault(folder: string, needed: number): string | undefined {
  const free = freeBytes(folder);
  if (free >= needed) return undefined;
  const gib = (bytes: number) => (bytes / gibibyte).toFixed(1);
  return `${folder} has ${gib(free)} GiB free, ${gib(needed)} GiB are needed: free some, or set XDG_CACHE_HOME and XDG_STATE_HOME to a larger disk`;
}

/** What can be seen at once to be missing on this machine, each with its cure; empty when a sandbox can run. */
export function machineFaults(building: boolean): readonly string[] {
  if (platform() !== "linux" || arch() !== "x64") {
    return [
      `a sandbox needs Linux on x86-64, this is ${platform()} on ${arch()}: use a cluster you have with 'npm run up -- --context NAME', or a Linux virtual machine`,
    ];
  }
  if (process.getuid?.() !== 0) return ["a sandbox makes namespaces and mounts, so it needs root: run it with sudo -E"];
  const faults: string[] = [];
  if (!readFileSync("/proc/filesystems", "utf8").includes("overlay")) {
    faults.push("this kernel has no overlay file system loaded: modprobe overlay");
  }
  if (building && !onPath("go")) {
    faults.push("no Go: install Go 1.26 or newer (https://go.dev/dl) and put it on PATH");
  }
  const missing = Object.keys(debianPackages).filter((program) => !onPath(program));
  if (missing.length > 0 && !onPath("apt-get")) {
    faults.push(`missing on PATH: ${missing.join(", ")}; install them with this machine's package manager`);
  }
  const disk = diskFault(building ? cacheFolder : sandboxesFolder, building ? diskForBuild : diskForRun);
  return disk === undefined ? faults : [...faults, disk];
}

/** Installs the few missing host programs from Debian, and says so. */
export async function installMissingPrograms(say: (line: string) => void): Promise<void> {
  const packages = Object.keys(debianPackages)
    .filter((program) => !onPath(program))
    .map((program) => debianPackages[program] ?? program);
  if (packages.length === 0) return;
  say(`installing Debian packages: ${packages.join(" ")}`);
  await retried(async () => {
    await command("apt-get", ["update", "-qq"]);
    await command("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages]);
  });
}
