import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { findOfficialLanguageHost } from "./pulumi-plugins/official-plugin.ts";

function onPath(program: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders
    .map((folder) => join(folder, program))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** Pulumi's CLI on this machine's PATH when it came with its Node language host, as every official one does. */
export function installedPulumi(): string | undefined {
  return findOfficialLanguageHost(process.env) === undefined ? undefined : onPath("pulumi");
}
