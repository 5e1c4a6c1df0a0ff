import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isMap, parseDocument, type Document } from "yaml";
import { contextOf, projectFolder, sandboxOf } from "../sandbox/folders.ts";
import { stackName } from "./pulumi.ts";

const project = "vllm-istio-canary";

/** Settings that `up` writes because they belong to one machine. */
export type MachineSettings = Readonly<Record<string, string>>;

const sandboxKeys = [
  "kubeContext",
  "serviceImage",
  "mesh.istioVersion",
  "mesh.chartRepository",
  "gateway.serviceType",
] as const;

/** Settings of a sandbox, by name. */
export type SandboxSettings = Readonly<Record<(typeof sandboxKeys)[number], string>>;

const settingsFile = join(projectFolder, `Pulumi.${stackName}.yaml`);

/** The way through the file to a setting, whose parts the key divides by dots. */
function pathOf(key: string): readonly string[] {
  const [first = "", ...fields] = key.split(".");
  return ["config", `${project}:${first}`, ...fields];
}

function settingOf(key: string): string | undefined {
  const value: unknown = parseDocument(readFileSync(settingsFile, "utf8")).getIn(pathOf(key));
  return typeof value === "string" ? value : undefined;
}

/** Whether Pulumi.dev.yaml itself says something about a setting. */
export function isSet(key: string): boolean {
  return settingOf(key) !== undefined;
}

/**
 * Refuses to mix the settings of two clusters in Pulumi.dev.yaml.
 *
 * @throws Error with the command that ends the other one, when the file is for another context than this
 */
export function refuseOtherTarget(context: string): void {
  const current = settingOf("kubeContext");
  if (current === undefined || current === context) return;
  const sandbox = sandboxOf(current);
  const end = sandbox === undefined ? `--context ${current}` : `--name ${sandbox}`;
  throw new Error(`Pulumi.${stackName}.yaml is set for '${current}': end that first with npm run down -- ${end}`);
}

/**
 * Takes what `up` wrote for that sandbox out of Pulumi.dev.yaml again and leaves the rest as it is, comments included;
 * a file that is for something else is left alone. The salt of the sandbox's passphrase goes too, unless the file holds
 * secrets.
 */
export function removeSandboxSettings(name: string): void {
  if (settingOf("kubeContext") !== contextOf(name)) return;
  edit((document, before) => {
    for (const key of sandboxKeys) remove(document, pathOf(key));
    if (!before.includes("secure:")) document.delete("encryptionsalt");
  });
}

/** Takes the context out of Pulumi.dev.yaml, after the stack on it was destroyed. */
export function removeContext(): void {
  edit((document) => {
    remove(document, pathOf("kubeContext"));
  });
}

/** Removes a setting, and what holds nothing after that. */
function remove(document: Document, path: readonly string[]): void {
  document.deleteIn(path);
  const parent = path.slice(0, -1);
  const rest: unknown = document.getIn(parent);
  if (parent.length > 1 && isMap(rest) && rest.items.length === 0) document.deleteIn(parent);
}

function edit(change: (document: Document, before: string) => void): void {
  const before = readFileSync(settingsFile, "utf8");
  const document = parseDocument(before);
  change(document, before);
  const after = document.toString({ lineWidth: 0 });
  if (after !== before) writeFileSync(settingsFile, after);
}
