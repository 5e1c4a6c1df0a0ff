import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { projectFolder, stackName } from "./pulumi.ts";

const project = "vllm-istio-canary";

/** Settings that `up` writes because they belong to one machine. */
export type MachineSettings = Readonly<Record<string, string>>;

const sandboxKeys = [
  "kubeContext",
  "serviceImage",
  "istioVersion",
  "istioChartRepository",
  "gatewayServiceType",
] as const;

/** Settings of a sandbox, by name. */
export type SandboxSettings = Readonly<Record<(typeof sandboxKeys)[number], string>>;

const settingsFile = join(projectFolder, `Pulumi.${stackName}.yaml`);

/** Whether Pulumi.dev.yaml itself says something about a setting. */
export function isSet(key: string): boolean {
  return parseDocument(readFileSync(settingsFile, "utf8")).hasIn(["config", `${project}:${key}`]);
}

/**
 * Takes what `up` wrote for a sandbox out of Pulumi.dev.yaml again and leaves the rest as it is, comments included. The
 * salt of the sandbox's passphrase goes too, unless the file holds secrets.
 */
export function removeSandboxSettings(): void {
  const before = readFileSync(settingsFile, "utf8");
  const document = parseDocument(before);
  for (const key of sandboxKeys) document.deleteIn(["config", `${project}:${key}`]);
  if (!before.includes("secure:")) document.delete("encryptionsalt");
  const after = document.toString({ lineWidth: 0 });
  if (after !== before) writeFileSync(settingsFile, after);
}
