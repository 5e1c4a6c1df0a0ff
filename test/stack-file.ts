import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** A stack's configuration as the CLI hands it to the program. */
export interface StackConfig {
  /** Text as it is, everything else as JSON, by full key. */
  readonly config: Record<string, string>;
  /** Keys of the secrets in it. */
  readonly secretKeys: string[];
}

interface VersionEntry {
  readonly engine: { readonly kind: string };
}

const PREFIX = "vllm-istio-canary:";
const DIGEST = `sha256:${"0".repeat(64)}`;
/** The settings that a stack's file leaves to the machine. */
const MACHINE = { serviceImage: `registry.example.com/vllm-service@${DIGEST}`, kubeContext: "c" };
/** The secrets that a stack's file leaves to its user. */
const SECRETS = { grafanaAdminPassword: "placeholder-of-a-secret", gatewayApiKeys: "k".repeat(32) };

/** The settings of a stack's file, with those that the file leaves to machine and user. */
export function stackConfig(stack: string): StackConfig {
  const { config } = parse(readFileSync(new URL(`../Pulumi.${stack}.yaml`, import.meta.url), "utf8")) as {
    config: Record<string, unknown>;
  };
  const versions = config[`${PREFIX}versions`] as VersionEntry[];
  const withImages = versions.map((version) =>
    version.engine.kind === "vllm"
      ? { ...version, engine: { ...version.engine, image: `vllm/vllm-openai@${DIGEST}` } }
      : version,
  );
  const secrets = stack === "prod" ? SECRETS : {};
  const left = { ...MACHINE, ...secrets, versions: withImages };
  const full = { ...config, ...Object.fromEntries(Object.entries(left).map(([key, value]) => [PREFIX + key, value])) };
  const texts = Object.entries(full).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return {
    config: Object.fromEntries(texts) as Record<string, string>,
    secretKeys: Object.keys(secrets).map((key) => PREFIX + key),
  };
}
