import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { foldersOf } from "./folders.ts";
import { isRunning, readIdentity } from "./identity.ts";
import { cgroupOf, removeCgroup } from "./node/cgroup.ts";

const pollMs = 50;
const attempts = 600;

/** Processes in the sandbox's own cgroup, as seen from the host. */
function podProcesses(name: string): readonly number[] {
  const marker = `/${cgroupOf(name)}/`;
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cgroup`, "utf8").includes(marker);
      } catch {
        return false;
      }
    })
    .map(Number);
}

function childrenOf(pid: number): readonly number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  return existsSync(file) ? readFileSync(file, "utf8").trim().split(" ").filter(Boolean).map(Number) : [];
}

async function untilGone(pids: readonly number[]): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (!pids.some((pid) => existsSync(`/proc/${pid}`))) return;
    await delay(pollMs);
  }
  throw new Error(`processes ${pids.join(", ")} do not end: look at them with ps, then run down again`);
}

/**
 * Ends the sandbox and removes all it made: when its init dies the kernel ends every process of its process namespace,
 * and with them its mounts, interfaces and firewall rules; its cgroup and folder are removed here. Nothing to do is fine.
 *
 * @returns whether there was anything to remove
 * @throws Error when a process does not end within 30 seconds
 */
export async function stopSandbox(name: string): Promise<boolean> {
  const folders = foldersOf(name);
  const identity = readIdentity(folders);
  if (identity !== undefined && isRunning(identity)) {
    // Init is killed first: when it is gone for the host, so is everything inside.
    const family = [...childrenOf(identity.pid), identity.pid];
    for (const pid of family) process.kill(pid, "SIGKILL");
    await untilGone(family);
  }
  await untilGone(podProcesses(name));
  removeCgroup(cgroupOf(name));
  const existed = existsSync(folders.state);
  rmSync(folders.state, { recursive: true, force: true });
  return existed;
}
