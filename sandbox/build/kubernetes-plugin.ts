import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { command } from "../command.ts";
import { installedPulumi } from "../pulumi.ts";
import { folderOf, sourceOf, type Artifact } from "./artifact.ts";
import { pulumiTools } from "./go-tools.ts";

/** Version of the Kubernetes plugin that this project's SDK asks for. */
export const kubernetesPluginVersion = "4.34.2";

const timeLimitMs = 60_000;
const dayMs = 24 * 3600 * 1000;
const failureFile = "not-downloaded";

/** Whether the download failed more than a day ago. */
function failedLongAgo(folder: string): boolean {
  const failure = join(folder, failureFile);
  return existsSync(failure) && Date.now() - statSync(failure).mtimeMs > dayMs;
}

/**
 * A Pulumi home with the official Kubernetes plugin in it, where it can be downloaded; else with a file that says why
 * not, which is good for a day. It is tried once and for a minute at most: the stand-in does instead.
 */
export const kubernetesPlugin: Artifact = {
  name: "kubernetes-plugin",
  inputs: [sourceOf(import.meta.url)],
  needs: installedPulumi() === undefined ? [pulumiTools] : [],
  isStale: failedLongAgo,
  build: async (folder) => {
    const pulumi = installedPulumi() ?? join(folderOf(pulumiTools), "pulumi");
    const env = { PULUMI_HOME: folder, PULUMI_SKIP_UPDATE_CHECK: "true" };
    const args = ["plugin", "install", "resource", "kubernetes", kubernetesPluginVersion];
    try {
      await command(pulumi, args, { env, timeLimitMs });
    } catch (error) {
      writeFileSync(join(folder, failureFile), String(error));
    }
  },
};
