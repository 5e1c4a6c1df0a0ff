import { findOfficialLanguageHost, findOnPath } from "./pulumi-plugins/official-plugin.ts";

/** Pulumi's CLI on this machine's PATH when it came with its Node language host, as every official one does. */
export function installedPulumi(): string | undefined {
  return findOfficialLanguageHost(process.env) === undefined ? undefined : findOnPath("pulumi", process.env);
}
