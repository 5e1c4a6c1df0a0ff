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
  pip3: "python3-pip",
};

/** What matters of a machine that is to run a sandbox. */
export interface Machine {
  /** As Node names it: `linux`. */
  readonly platform: string;
  /** As Node names it: `x64`. */
  readonly arch: string;
  /** User id; 0 is root. */
  readonly uid: number | undefined;
  /** Whether the kernel can mount overlay file systems. */
  readonly overlay: boolean;
  /** Whether a program is on PATH. */
  readonly has: (program: string) => boolean;
  /** Bytes free for this user where a folder is or will be. */
  readonly freeBytes: (folder: string) => number;
}

/** The machine this runs on. */
export function thisMachine(): Machine {
  return {
    platform: platform(),
    arch: arch(),
    uid: process.getuid?.(),
    overlay: existsSync("/proc/filesystems") && readFileSync("/proc/filesystems", "utf8").includes("overlay"),
    has: (program) => (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, program))),
    freeBytes: (folder) => {
      mkdirSync(folder, { recursive: true });
      const { bavail, bsize } = statfsSync(folder);
      return bavail * bsize;
    },
  };
}

function diskFaults(machine: Machine, folder: string, needed: number): readonly string[] {
  const free = machine.freeBytes(folder);
  const gib = (bytes: number) => (bytes / gibibyte).toFixed(1);
  const cure = "free some, or set XDG_CACHE_HOME and XDG_STATE_HOME to a larger disk";
  return free >= needed ? [] : [`${folder} has ${gib(free)} GiB free, ${gib(needed)} GiB are needed: ${cure}`];
}

function programFaults(machine: Machine, building: boolean): readonly string[] {
  const missing = Object.keys(debianPackages).filter((program) => !machine.has(program));
  return [
    ...(building && !machine.has("go")
      ? ["no Go: install Go 1.26 or newer (https://go.dev/dl) and put it on PATH"]
      : []),
    ...(missing.length > 0 && !machine.has("apt-get")
      ? [`missing on PATH: ${missing.join(", ")}: install them with this machine's package manager`]
      : []),
  ];
}

/**
 * What can be seen at once to be missing on a machine, each with its cure; empty when a sandbox can run.
 *
 * @param building whether parts of the sandbox have yet to be built, which takes Go and more disk
 */
export function machineFaults(machine: Machine, building: boolean): readonly string[] {
  if (machine.platform !== "linux" || machine.arch !== "x64") {
    const cure = "use a cluster you have (npm run up -- --context NAME), or a Linux virtual machine";
    return [`a sandbox needs Linux on x86-64, this is ${machine.platform} on ${machine.arch}: ${cure}`];
  }
  if (machine.uid !== 0) return ["a sandbox makes namespaces and mounts, so it needs root: run it with sudo -E"];
  return [
    ...(machine.overlay ? [] : ["this kernel has no overlay file system loaded: modprobe overlay"]),
    ...programFaults(machine, building),
    ...diskFaults(machine, building ? cacheFolder : sandboxesFolder, building ? diskForBuild : diskForRun),
  ];
}

/** Installs the few missing host programs from Debian, and says so. */
export async function installMissingPrograms(machine: Machine, say: (line: string) => void): Promise<void> {
  const packages = Object.entries(debianPackages)
    .filter(([program]) => !machine.has(program))
    .map(([, name]) => name);
  if (packages.length === 0) return;
  say(`installing Debian packages: ${packages.join(" ")}`);
  await retried(async () => {
    await command("apt-get", ["update", "-qq"]);
    await command("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages]);
  });
}
