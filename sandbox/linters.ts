import { join } from "node:path";
import { folderOf, removeOldVersions, type Artifact } from "./build/artifact.ts";
import { istioTools, lintTools } from "./build/go-tools.ts";
import { buildMissing } from "./build/scheduler.ts";
import { cacheFolder } from "./folders.ts";
import { withLock } from "./lock.ts";
import type { Progress } from "./progress.ts";

/** Paths of the programs that judge manifests. */
export interface Linters {
  readonly istioctl: string;
  readonly kubeScore: string;
}

const artifacts: readonly Artifact[] = [istioTools, lintTools];

/**
 * Builds the linters unless they are in the cache, and gives their paths. They need no cluster; where a sandbox has been
 * built, kube-score alone is missing.
 *
 * @throws the first failure of a build
 */
export async function buildLinters(progress: Progress): Promise<Linters> {
  const waiting = () => {
    progress.say("waiting for another build to end");
  };
  await withLock(join(cacheFolder, "build"), waiting, async () => {
    await buildMissing(artifacts, progress);
    removeOldVersions(artifacts);
  });
  return { istioctl: join(folderOf(istioTools), "istioctl"), kubeScore: join(folderOf(lintTools), "kube-score") };
}
