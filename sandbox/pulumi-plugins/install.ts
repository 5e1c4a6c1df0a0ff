import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";

/** The directory of the stand-ins' executables. */
export const STAND_IN_DIRECTORY = join(import.meta.dirname, "bin");

/**
 * Links the stand-in for the Kubernetes plugin into the plugin cache of a Pulumi home, where the engine finds it
 * without the warning that plugins on PATH bring. Meant for a home of its own: in a user's home it would keep the
 * engine from downloading the official plugin.
 * @param version The version the program's SDK asks for, for example `4.34.2`.
 * @returns The path of the link.
 */
export function linkKubernetesProvider(pulumiHome: string, version: string): string {
  const directory = join(pulumiHome, "plugins", `resource-kubernetes-v${version}`);
  return link(directory, "pulumi-resource-kubernetes");
}

/**
 * Links the stand-in for the language host beside a `pulumi` executable, where the engine finds it without a warning.
 * @param directory The directory of the executable itself, not of a link to it.
 * @returns The path of the link.
 */
export function linkLanguageHost(directory: string): string {
  return link(directory, "pulumi-language-nodejs");
}

function link(directory: string, executable: string): string {
  const path = join(directory, executable);
  mkdirSync(directory, { recursive: true });
  rmSync(path, { force: true });
  symlinkSync(join(STAND_IN_DIRECTORY, executable), path);
  return path;
}
