import { copyFileSync, existsSync, linkSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { folderOf } from "./build/artifact.ts";
import { kubernetesTools, pulumiTools } from "./build/go-tools.ts";
import { foldersOf } from "./folders.ts";
import { installedPulumi } from "./pulumi.ts";
import { linkKubernetesProvider, linkLanguageHost } from "./pulumi-plugins/install.ts";
import { findOfficialKubernetesPlugin } from "./pulumi-plugins/official-plugin.ts";

/** Version of the Kubernetes plugin that this project's SDK asks for. */
const kubernetesPluginVersion = "4.34.2";

/** Whether this machine has the official Kubernetes plugin, which is then used in place of the stand-in. */
export function hasOfficialKubernetesPlugin(): boolean {
  return findOfficialKubernetesPlugin({ version: kubernetesPluginVersion, environment: process.env }) !== undefined;
}

function hardLink(file: string, link: string): void {
  rmSync(link, { force: true });
  try {
    linkSync(file, link);
  } catch {
    // Cache and state may be on different file systems.
    copyFileSync(file, link);
  }
}

function link(target: string, path: string): void {
  rmSync(path, { force: true });
  symlinkSync(target, path);
}

function installPulumi(programs: string, pulumiHome: string): void {
  if (installedPulumi() === undefined) {
    // The engine looks for its language host beside its own file, so a symbolic link would lead it to the cache.
    hardLink(join(folderOf(pulumiTools), "pulumi"), join(programs, "pulumi"));
    linkLanguageHost(programs);
  }
  const userPlugins = join(process.env["PULUMI_HOME"] ?? join(homedir(), ".pulumi"), "plugins");
  if (!hasOfficialKubernetesPlugin()) linkKubernetesProvider(pulumiHome, kubernetesPluginVersion);
  else if (existsSync(userPlugins)) link(userPlugins, join(pulumiHome, "plugins"));
}

/**
 * Fills the sandbox's own folder of programs: kubectl, helm, crane, and Pulumi where this machine has none of its own;
 * and gives its Pulumi home the Kubernetes plugin.
 */
export function installPrograms(name: string): void {
  const { programs, pulumiHome } = foldersOf(name);
  for (const folder of [programs, pulumiHome]) mkdirSync(folder, { recursive: true });
  const kubernetes = folderOf(kubernetesTools);
  writeFileSync(join(programs, "kubectl"), `#!/bin/sh\nexec ${kubernetes}/kube kubectl "$@"\n`, { mode: 0o755 });
  for (const program of ["helm", "crane"]) link(join(kubernetes, program), join(programs, program));
  installPulumi(programs, pulumiHome);
}
