import { join } from "node:path";
import { isBuilt, removeOldVersions, withNeeds, type Artifact } from "./build/artifact.ts";
import { charts } from "./build/charts.ts";
import { nodeRoot } from "./build/debian.ts";
import { kubernetesPlugin } from "./build/kubernetes-plugin.ts";
import { buildMissing } from "./build/scheduler.ts";
import { registryStore } from "./build/system-images.ts";
import { cacheFolder, foldersOf } from "./folders.ts";
import type { Identity } from "./identity.ts";
import { withLock } from "./lock.ts";
import { installMissingPrograms, machineFaults, thisMachine } from "./preflight.ts";
import type { Progress } from "./progress.ts";
import { installPrograms, pluginInUse } from "./programs.ts";
import { startSandbox } from "./start.ts";

/** What a sandbox is made of; the longest way first. */
const artifacts: readonly Artifact[] = [registryStore, charts, nodeRoot, kubernetesPlugin];

async function build(progress: Progress): Promise<void> {
  const needed = withNeeds(artifacts);
  const missing = needed.filter((artifact) => !isBuilt(artifact));
  if (missing.length === 0) return;
  progress.say(`building ${missing.length} of ${needed.length} parts, once: 20 to 30 minutes for all on 2 cores`);
  await installMissingPrograms(thisMachine(), progress.say);
  await buildMissing(needed, progress);
  removeOldVersions(needed);
}

/**
 * Brings the sandbox of that name up: builds what is not in the cache, starts the node unless it runs, and waits until
 * it is ready. Calling it again does nothing; after an interruption it goes on where it was.
 *
 * @throws Error with one line a fault when this machine cannot run one, or when a step fails
 */
export async function sandboxUp(name: string, progress: Progress): Promise<Identity> {
  const { state } = foldersOf(name);
  const building = withNeeds(artifacts).some((artifact) => artifact.isStale === undefined && !isBuilt(artifact));
  const faults = machineFaults(thisMachine(), building);
  if (faults.length > 0) throw new Error(faults.join("\n"));
  const wait = (what: string) => () => {
    progress.say(`waiting for ${what}`);
  };
  await withLock(join(cacheFolder, "build"), wait("another build to end"), () => build(progress));
  return withLock(state, wait(`another command on the sandbox '${name}'`), () => {
    installPrograms(name);
    progress.say(`Pulumi's Kubernetes plugin: ${pluginInUse()}`);
    return startSandbox(name, (phase) => {
      progress.say(`waiting for ${phase}`);
    });
  });
}
