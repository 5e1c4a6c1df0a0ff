import { copyFileSync, existsSync, linkSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { folderOf } from "./build/artifact.ts";
import { kubernetesTools, pulumiTools } from "./build/go-tools.ts";
import { kubernetesPlugin, kubernetesPluginVersion } from "./build/kubernetes-plugin.ts";
import { foldersOf } from "./folders.ts";
import { installedPulumi } from "./pulumi.ts";
import { linkKubernetesProvider, linkLanguageHost } from "./pulumi-plugins/install.ts";
import { findOfficialKubernetesPlugin } from "./pulumi-plugins/official-plugin.ts";

/** The Pulumi home that holds the official Kubernetes plugin: the user's own, or the cache's; undefined if none does. */
function officialPluginHome(): string | undefined {
  const userHome = process.env["PULUMI_HOME"] ?? join(homedir(), ".pulumi");
  const path = process.env["PATH"];
  const homes = [
    { PULUMI_HOME: userHome, PATH: path },
    { PULUMI_HOME: folderOf(kubernetesPlugin), PATH: "" },
  ];
  const version = kubernetesPluginVersion;
  return homes.find((environment) => findOfficialKubernetesPlugin({ version, environment }) !== undefined)?.PULUMI_HOME;
}

/** Whether this machine has the official Kubernetes plugin, which is then used in place of the stand-in. */
export function hasOfficialKubernetesPlugin(): boolean {
  return officialPluginHome() !== undefined;
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
  const home = officialPluginHome();
  if (home === undefined) linkKubernetesProvider(pulumiHome, kubernetesPluginVersion);
  else if (existsSync(join(home, "plugins"))) link(join(home, "plugins"), join(pulumiHome, "plugins"));
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
