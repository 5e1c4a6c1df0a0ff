import * as pulumi from "@pulumi/pulumi";
import { loadSettings, type Settings } from "../config.ts";

/** A legal digest. */
export const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;
/** A legal `serviceImage`, with everything a reference can have. */
export const IMAGE = `registry.example.com:5000/llm/vllm-service:1.2.3@${DIGEST}`;
/** The least a stable version says. */
export const V1 = { name: "v1", model: "m" };
/** The least a canary says. */
export const V2 = { name: "v2", model: "m" };
const REQUIRED = { versions: [V1, V2], serviceImage: IMAGE, kubeContext: "kind-dev", monitoring: { install: false } };

/** A stack's own settings, by key. */
export type Config = Record<string, unknown>;

/** Sets the stack's configuration as the CLI hands it over: text as it is, everything else as JSON. */
export function configure(config: Config): void {
  const entries = Object.entries(config).filter(([, value]) => value !== undefined);
  const texts = entries.map(([key, value]) => [
    `vllm-istio-canary:${key}`,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  pulumi.runtime.setAllConfig({ "other:key": "x", ...(Object.fromEntries(texts) as Record<string, string>) });
}

/** The settings of a stack that says the least and `config`. */
export function load(config: Config): Settings {
  configure({ ...REQUIRED, ...config });
  return loadSettings();
}

/** The lines of the RunError, or none when all is well. */
export function faultsOf(config: Config): string[] {
  try {
    load(config);
    return [];
  } catch (error) {
    if (!pulumi.RunError.isInstance(error)) throw error;
    return error.message.split("\n");
  }
}
