import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, sep } from "node:path";

/** The version of the Kubernetes SDK whose plugin is looked for, and where. */
export interface PluginSearch {
  /** For example `4.34.2`. */
  readonly version: string;
  /** Read for `PULUMI_HOME` and `PATH`. */
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * The path of the official Kubernetes plugin: in the plugin cache of the Pulumi home in exactly this version, or on
 * PATH in any. Undefined if there is none. The stand-in, or a link to it, is not official wherever it is.
 */
export function findOfficialKubernetesPlugin({ version, environment }: PluginSearch): string | undefined {
  const home = environment["PULUMI_HOME"] ?? join(homedir(), ".pulumi");
  const cache = join(home, "plugins", `resource-kubernetes-v${version}`);
  return firstOfficial("pulumi-resource-kubernetes", [cache, ...searchPath(environment)]);
}

/**
 * The path of the official Node.js language host: on PATH, or beside the `pulumi` executable that PATH leads to.
 * Undefined if there is none. The stand-in, or a link to it, is not official wherever it is.
 */
export function findOfficialLanguageHost(environment: NodeJS.ProcessEnv): string | undefined {
  const directories = searchPath(environment);
  const pulumi = findOnPath("pulumi", environment);
  const beside = pulumi === undefined ? [] : [dirname(realpathSync(pulumi))];
  return firstOfficial("pulumi-language-nodejs", [...directories, ...beside]);
}

/** The first executable file of that name on the environment's PATH; undefined if there is none. */
export function findOnPath(program: string, environment: NodeJS.ProcessEnv): string | undefined {
  return searchPath(environment)
    .map((directory) => join(directory, program))
    .find(isExecutable);
}

function searchPath(environment: NodeJS.ProcessEnv): string[] {
  return (environment["PATH"] ?? "").split(delimiter).filter((directory) => directory !== "");
}

function firstOfficial(executable: string, directories: readonly string[]): string | undefined {
  return directories
    .map((directory) => join(directory, executable))
    .find((path) => isExecutable(path) && !isStandIn(path));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function isStandIn(path: string): boolean {
  return realpathSync(path).startsWith(realpathSync(import.meta.dirname) + sep);
}
