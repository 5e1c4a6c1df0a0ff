import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { folderOf } from "./build/artifact.ts";
import { charts } from "./build/charts.ts";
import { nodeRoot, nodeRootFolder } from "./build/debian.ts";
import { kubernetesTools } from "./build/go-tools.ts";
import { registryStore, storeFolder } from "./build/system-images.ts";
import { cgroupOf, contextOf, foldersOf, projectFolder, type SandboxFolders } from "./folders.ts";
import { lastAddress, readStatus, runningSandbox, type Identity } from "./identity.ts";
import { removeCgroup } from "./node/cgroup.ts";
import { closeListeners, descriptorOf, openListeners, type Listeners } from "./listeners.ts";

const pollMs = 100;
const startTimeoutMs = 240_000;

function makeFolders({ state, logs, pulumiHome, pulumiBackend }: SandboxFolders): void {
  const needed = ["root/upper", "root/work", "root/merged", "registry/upper", "registry/work"];
  for (const folder of [state, ...needed.map((name) => join(state, name)), logs, pulumiHome, pulumiBackend]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
}

/** Environment of `enter.sh`. */
function environment(name: string, folders: SandboxFolders, address: string): NodeJS.ProcessEnv {
  return {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    NAME: name,
    CONTEXT: contextOf(name),
    CGROUP: cgroupOf(name),
    ADDRESS: address,
    STATE: folders.state,
    ROOTFS: join(folderOf(nodeRoot), nodeRootFolder),
    TOOLS: folderOf(kubernetesTools),
    SOURCES: join(projectFolder, "sandbox"),
    CHARTS: folderOf(charts),
    REGISTRY: join(folderOf(registryStore), storeFolder),
    NODE: process.execPath,
  };
}

function launch(name: string, folders: SandboxFolders, listeners: Listeners): Identity {
  const log = openSync(join(folders.logs, "supervisor.log"), "a");
  const namespaces = ["--mount", "--net", "--pid", "--ipc", "--uts", "--fork", "--kill-child=KILL"];
  const child = spawn("unshare", [...namespaces, join(projectFolder, "sandbox/node/enter.sh")], {
    detached: true,
    env: environment(name, folders, listeners.address),
    stdio: ["ignore", log, log, ...listeners.servers.map(descriptorOf)],
  });
  closeSync(log);
  child.unref();
  if (child.pid === undefined) throw new Error("unshare did not start: is util-linux installed?");
  return { pid: child.pid, address: listeners.address };
}

function lastWords({ logs }: SandboxFolders): string {
  return readFileSync(join(logs, "supervisor.log"), "utf8").trimEnd().split("\n").slice(-10).join("\n");
}

async function waitUntilReady(folders: SandboxFolders, phaseChanged: (phase: string) => void): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  let shown: string | undefined;
  for (;;) {
    const status = readStatus(folders);
    if (status?.ready === true) return;
    if (status !== undefined && status.phase !== shown) phaseChanged((shown = status.phase));
    if (runningSandbox(folders) === undefined)
      throw new Error(`the sandbox ended while starting:\n${lastWords(folders)}`);
    if (Date.now() > deadline) {
      throw new Error(`still waiting for ${shown ?? "the first process"} after 4 minutes; see ${folders.logs}`);
    }
    await delay(pollMs);
  }
}

async function launchAnew(name: string, folders: SandboxFolders): Promise<Identity> {
  makeFolders(folders);
  // After a crash the kubelet would spend seconds on the cgroup of each lost pod before it starts the first new one.
  removeCgroup(cgroupOf(name));
  rmSync(folders.status, { force: true });
  const listeners = await openListeners(lastAddress(folders));
  writeFileSync(folders.address, listeners.address);
  try {
    return launch(name, folders, listeners);
  } finally {
    closeListeners(listeners);
  }
}

/**
 * Starts the sandbox's node, or leaves a running one as it is, and waits until it is ready.
 *
 * @param phaseChanged told what is being waited for
 * @throws Error when it ends, or is not ready within 4 minutes
 */
export async function startSandbox(name: string, phaseChanged: (phase: string) => void): Promise<Identity> {
  const folders = foldersOf(name);
  const identity = runningSandbox(folders) ?? (await launchAnew(name, folders));
  await waitUntilReady(folders, phaseChanged);
  return identity;
}
