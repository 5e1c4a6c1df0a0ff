import { command, retried } from "./command.ts";
import type { Machine } from "./machine.ts";

export { thisMachine, type Machine } from "./machine.ts";

const gibibyte = 1024 ** 3;
const diskForBuild = 12 * gibibyte;
const diskForRun = 4 * gibibyte;

/** Debian packages that bring a needed program, or file. */
type Packages = Readonly<Record<string, string>>;

const packagesToRun: Packages = { unshare: "util-linux" };

const packagesToBuild: Packages = {
  ...packagesToRun,
  mmdebstrap: "mmdebstrap",
  // Other distributions do not know by themselves who signs Debian's packages.
  "/usr/share/keyrings/debian-archive-keyring.gpg": "debian-archive-keyring",
  tar: "tar",
  pip3: "python3-pip",
};

function missingOf(machine: Machine, packages: Packages): readonly (readonly [program: string, name: string])[] {
  return Object.entries(packages).filter(([program]) => !machine.has(program));
}

function programFaults(machine: Machine, building: boolean): readonly string[] {
  const missing = missingOf(machine, building ? packagesToBuild : packagesToRun);
  const debian = machine.has("apt-get");
  // A build installs them itself.
  if (missing.length === 0 || (building && debian)) return [];
  const names = (column: 0 | 1, separator: string) => missing.map((entry) => entry[column]).join(separator);
  const cure = debian ? `apt-get install ${names(1, " ")}` : "install them with this machine's package manager";
  return [`missing on this machine: ${names(0, ", ")}: ${cure}`];
}

const neededGo = [1, 26] as const;
const goThatFetchesNewer = [1, 21] as const;

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [, actualMajor = 0, actualMinor = 0] = (/go(\d+)\.(\d+)/.exec(version) ?? []).map(Number);
  return actualMajor > major || (actualMajor === major && actualMinor >= minor);
}

function goFaults({ goVersion, goToolchain }: Machine): readonly string[] {
  const cure = `install Go ${neededGo.join(".")} or newer (https://go.dev/dl) and put it on PATH`;
  if (goVersion === undefined) return [`no Go: ${cure}`];
  if (isAtLeast(goVersion, neededGo)) return [];
  const found = `the Go on PATH is ${goVersion === "" ? "older than 1.16" : goVersion}`;
  if (!isAtLeast(goVersion, goThatFetchesNewer)) return [`${found}, too old: ${cure}`];
  if (goToolchain !== "local") return [];
  return [`${found}, and GOTOOLCHAIN=local keeps it from fetching a newer one: go env -w GOTOOLCHAIN=auto, or ${cure}`];
}

function diskFaults(machine: Machine, folder: string, needed: number): readonly string[] {
  const free = machine.freeBytes(folder);
  const gib = (bytes: number) => (bytes / gibibyte).toFixed(1);
  const cure = "free some, or set XDG_CACHE_HOME and XDG_STATE_HOME to a larger disk";
  return free >= needed ? [] : [`${folder} has ${gib(free)} GiB free, ${gib(needed)} GiB are needed: ${cure}`];
}

function pathFaults(folder: string, variable: string): readonly string[] {
  const cure = `set ${variable} to a folder without`;
  const problem = "has a character that overlay mounts cannot take (colon, comma, backslash or blank)";
  return /[:,\\\s]/.test(folder) ? [`'${folder}' ${problem}: ${cure}`] : [];
}

/**
 * What can be seen at once to be missing on a machine, each with its cure; empty when a sandbox can run.
 *
 * @param building whether parts of the sandbox have yet to be built, which takes Go, more programs and more disk
 */
export function machineFaults(machine: Machine, building: boolean): readonly string[] {
  if (machine.platform !== "linux" || machine.arch !== "x64") {
    const cure = "use a cluster you have (npm run up -- --context NAME), or a Linux virtual machine";
    return [`a sandbox needs Linux on x86-64, this is ${machine.platform} on ${machine.arch}: ${cure}`];
  }
  if (machine.uid !== 0) {
    return ['a sandbox makes namespaces and mounts, so it needs root: sudo -E env "PATH=$PATH" npm run up'];
  }
  return [
    ...(machine.overlay ? [] : ["this kernel has no overlay file system, and modprobe overlay brings none"]),
    ...pathFaults(machine.cacheFolder, "XDG_CACHE_HOME"),
    ...pathFaults(machine.sandboxesFolder, "XDG_STATE_HOME"),
    ...(building ? goFaults(machine) : []),
    ...programFaults(machine, building),
    ...(building ? diskFaults(machine, machine.cacheFolder, diskForBuild) : []),
    ...diskFaults(machine, machine.sandboxesFolder, diskForRun),
  ];
}

/** Installs the few missing host programs from Debian, and says so. */
export async function installMissingPrograms(machine: Machine, say: (line: string) => void): Promise<void> {
  const packages = missingOf(machine, packagesToBuild).map(([, name]) => name);
  if (packages.length === 0) return;
  say(`installing Debian packages: ${packages.join(" ")}`);
  // Killed half-way, it would leave the machine's package database broken.
  const whenKilled = "goes on";
  await retried(async () => {
    await command("apt-get", ["update", "-qq"]);
    await command("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], { whenKilled });
  });
}
