import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { cgroupOf, foldersOf } from "./folders.ts";
import { membersOf } from "./identity.ts";
import { withLock } from "./lock.ts";
import { removeCgroup } from "./node/cgroup.ts";

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

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

async function end(name: string): Promise<void> {
  const folders = foldersOf(name);
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const pids = [...membersOf(folders).map(({ pid }) => pid), ...podProcesses(name)];
    if (pids.length === 0) return;
    pids.forEach(kill);
    await delay(pollMs);
  }
  throw new Error(`processes of the sandbox '${name}' do not end: look at them with ps, then run down again`);
}

/**
 * Ends the sandbox and removes all it made: when its init dies the kernel ends every process of its process namespace,
 * and with them its mounts, interfaces and firewall rules; its cgroup and folder are removed here. Nothing to do is fine.
 *
 * @returns whether there was anything to remove
 * @throws Error when a process does not end within 30 seconds
 */
export async function stopSandbox(name: string): Promise<boolean> {
  const { state } = foldersOf(name);
  return withLock(
    state,
    () => {
      console.error(`waiting for another command on the sandbox '${name}'`);
    },
    async () => {
      await end(name);
      removeCgroup(cgroupOf(name));
      const existed = existsSync(state);
      // The last processes may still be closing files while the kernel ends them.
      rmSync(state, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 });
      return existed;
    },
  );
}
