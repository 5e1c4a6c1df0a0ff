import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { command } from "../command.ts";
import { installedPulumi } from "../pulumi.ts";
import { folderOf, type Artifact } from "./artifact.ts";
import { pulumiTools } from "./go-tools.ts";

/** Version of the Kubernetes plugin that this project's SDK asks for. */
export const kubernetesPluginVersion = "4.34.2";

/**
 * A Pulumi home with the official Kubernetes plugin in it, where it can be downloaded; else with a file that says why
 * not. It is tried once: a sandbox that has worked with the stand-in goes on with it.
 */
export const kubernetesPlugin: Artifact = {
  name: "kubernetes-plugin",
  inputs: [kubernetesPluginVersion],
  needs: installedPulumi() === undefined ? [pulumiTools] : [],
  build: async (folder) => {
    const pulumi = installedPulumi() ?? join(folderOf(pulumiTools), "pulumi");
    const env = { PULUMI_HOME: folder, PULUMI_SKIP_UPDATE_CHECK: "true" };
    try {
      await command(pulumi, ["plugin", "install", "resource", "kubernetes", kubernetesPluginVersion], { env });
    } catch (error) {
      writeFileSync(join(folder, "not-downloaded"), String(error));
    }
  },
};
