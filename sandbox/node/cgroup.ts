import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const mountPoint = "/sys/fs/cgroup";

/** The cgroup hierarchies of this machine: one in version 2, one a controller in version 1. */
function hierarchies(): readonly string[] {
  if (existsSync(join(mountPoint, "cgroup.controllers"))) return [mountPoint];
  return readdirSync(mountPoint)
    .map((name) => join(mountPoint, name))
    .filter((folder) => statSync(folder).isDirectory());
}

/** Name of the cgroup that holds all pods of a sandbox. */
export function cgroupOf(sandbox: string): string {
  return `vllm-istio-canary-${sandbox}`;
}

/** Makes the sandbox's cgroup in every hierarchy. */
export function makeCgroup(name: string): void {
  for (const hierarchy of hierarchies()) {
    const folder = join(hierarchy, name);
    mkdirSync(folder, { recursive: true });
    // A new cpuset may hold no process until it has been given cores and memory nodes.
    for (const file of ["cpuset.cpus", "cpuset.mems"]) {
      const path = join(folder, file);
      if (existsSync(path) && hierarchy !== mountPoint) writeFileSync(path, readFileSync(join(hierarchy, file)));
    }
  }
}

function removeTree(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(folder, entry.name));
  }
  rmdirSync(folder);
}

/** Removes the sandbox's cgroup with all below it; its processes must be gone. */
export function removeCgroup(name: string): void {
  for (const hierarchy of hierarchies()) {
    const folder = join(hierarchy, name);
    if (existsSync(folder)) removeTree(folder);
  }
}
