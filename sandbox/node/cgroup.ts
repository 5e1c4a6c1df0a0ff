import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const mountPoint = "/sys/fs/cgroup";

const isVersion2 = existsSync(join(mountPoint, "cgroup.controllers"));

/** The cgroup hierarchies of this machine: one in version 2, one a controller in version 1. */
function hierarchies(): readonly string[] {
  if (isVersion2) return [mountPoint];
  return readdirSync(mountPoint)
    .map((name) => join(mountPoint, name))
    .filter((folder) => statSync(folder).isDirectory());
}

/** Passes on, in version 2, every controller that the kubelet looks for in its cgroup and the machine offers. */
function passOnControllers(): void {
  const offered = readFileSync(join(mountPoint, "cgroup.controllers"), "utf8").trim().split(" ");
  const wanted = ["cpu", "cpuset", "memory", "hugetlb", "pids"].filter((controller) => offered.includes(controller));
  for (const controller of wanted) writeFileSync(join(mountPoint, "cgroup.subtree_control"), `+${controller}`);
}

/** Makes the sandbox's cgroup in every hierarchy. */
export function makeCgroup(name: string): void {
  if (isVersion2) passOnControllers();
  for (const hierarchy of hierarchies()) {
    const folder = join(hierarchy, name);
    mkdirSync(folder, { recursive: true });
    // A new cpuset may hold no process until it has been given cores and memory nodes.
    for (const file of ["cpuset.cpus", "cpuset.mems"]) {
      const path = join(folder, file);
      if (existsSync(path) && !isVersion2) writeFileSync(path, readFileSync(join(hierarchy, file)));
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
