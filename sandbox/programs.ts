import { copyFileSync, existsSync, linkSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { folderOf } from "./build/artifact.ts";
import { istioTools, kubernetesTools, pulumiTools } from "./build/go-tools.ts";
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

/** Which Kubernetes plugin sandboxes use: the official one where this machine has it or could download it. */
export function pluginInUse(): "official" | "stand-in" {
  return officialPluginHome() === undefined ? "stand-in" : "official";
}

/** Whether this machine has the official Kubernetes plugin, which is then used in place of the stand-in. */
export function hasOfficialKubernetesPlugin(): boolean {
  return pluginInUse() === "official";
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

/**
 * Gives the sandbox's Pulumi home the plugins of the home that has the official one, or else the stand-in.
 *
 * @param officialHome undefined when there is none
 */
export function installPlugins(pulumiHome: string, officialHome: string | undefined): void {
  const plugins = join(pulumiHome, "plugins");
  // It may be a folder that holds the stand-in, or a link to the user's own plugins, which are not to be touched.
  rmSync(plugins, { recursive: true, force: true });
  if (officialHome === undefined) linkKubernetesProvider(pulumiHome, kubernetesPluginVersion);
  // There is none when the official plugin is on PATH.
  else if (existsSync(join(officialHome, "plugins"))) symlinkSync(join(officialHome, "plugins"), plugins);
}

function installPulumi(programs: string): void {
  if (installedPulumi() === undefined) {
    // The engine looks for its language host beside its own file, so a symbolic link would lead it to the cache.
    hardLink(join(folderOf(pulumiTools), "pulumi"), join(programs, "pulumi"));
    linkLanguageHost(programs);
  }
}

/**
 * Fills the sandbox's own folder of programs: kubectl, helm, crane, istioctl, and Pulumi where this machine has none of
 * its own; and gives its Pulumi home the Kubernetes plugin.
 */
export function installPrograms(name: string): void {
  const { programs, pulumiHome } = foldersOf(name);
  for (const folder of [programs, pulumiHome]) mkdirSync(folder, { recursive: true });
  const kubernetes = folderOf(kubernetesTools);
  const kube = join(kubernetes, "kube").replaceAll("'", "'\\''");
  writeFileSync(join(programs, "kubectl"), `#!/bin/sh\nexec '${kube}' kubectl "$@"\n`, { mode: 0o755 });
  for (const program of ["helm", "crane"]) link(join(kubernetes, program), join(programs, program));
  link(join(folderOf(istioTools), "istioctl"), join(programs, "istioctl"));
  installPulumi(programs);
  installPlugins(pulumiHome, officialPluginHome());
}
