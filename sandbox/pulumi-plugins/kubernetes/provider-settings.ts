import { OFFICIAL_PLUGIN_ADVICE } from "../rpc/advice.ts";
import { asString, containsUnknown, revealSecrets } from "../rpc/property-values.ts";
import type { PropertyMap, PropertyValue } from "../rpc/property-values.ts";
import { chooseCluster } from "./kubeconfig.ts";
import type { ClusterChoice } from "./kubeconfig.ts";
import type { MutableData } from "./replacement.ts";
import type { CheckFailure } from "./resource-handler.ts";

/** The options of a `kubernetes.Provider` that this stand-in honours. */
export interface ProviderSettings {
  readonly cluster: ClusterChoice;
  /** The namespace for objects that name none; undefined to follow the kubeconfig. */
  readonly namespace: string | undefined;
  readonly mutable: MutableData;
  readonly patchForce: boolean;
}

const HONOURED = new Set([
  "kubeconfig",
  "context",
  "cluster",
  "namespace",
  "enableConfigMapMutable",
  "enableSecretMutable",
  "enablePatchForce",
  "enableServerSideApply",
]);

/** Options that change nothing here: they silence warnings which are not given, or name the plugin itself. */
const HARMLESS = new Set(["suppressDeprecationWarnings", "suppressHelmHookWarnings", "version", "pluginDownloadURL"]);

function isOn(value: PropertyValue | undefined): boolean {
  return value === true || value === "true";
}

function optional(value: PropertyValue | undefined): string | undefined {
  return asString(value) === "" ? undefined : asString(value);
}

/** Reads the options as the engine sends them; flags may be booleans or the strings `true` and `false`. */
export function parseSettings(options: PropertyMap): ProviderSettings {
  const revealed = revealSecrets(options);
  const kubeconfig = optional(revealed["kubeconfig"]);
  const context = optional(revealed["context"]);
  const cluster = optional(revealed["cluster"]);
  return {
    cluster: {
      ...(kubeconfig === undefined ? {} : { kubeconfig }),
      ...(context === undefined ? {} : { context }),
      ...(cluster === undefined ? {} : { cluster }),
    },
    namespace: optional(revealed["namespace"]),
    mutable: {
      configMaps: isOn(revealed["enableConfigMapMutable"]),
      secrets: isOn(revealed["enableSecretMutable"]),
    },
    patchForce: isOn(revealed["enablePatchForce"]),
  };
}

/** The options that are refused: those this stand-in cannot honour, unless they ask for what it does anyway. */
export function refusedOptions(options: PropertyMap): CheckFailure[] {
  const failures = Object.entries(options)
    .filter(([name, value]) => value !== undefined && value !== null && value !== "" && !name.startsWith("__"))
    .filter(([name, value]) => !HONOURED.has(name) && !HARMLESS.has(name) && value !== false && value !== "false")
    .map(([name]) => ({
      property: name,
      reason: `the provider option "${name}" is not supported by this stand-in for the Kubernetes plugin. ${OFFICIAL_PLUGIN_ADVICE}`,
    }));
  const serverSideApply = options["enableServerSideApply"];
  if (serverSideApply === false || serverSideApply === "false") {
    failures.push({
      property: "enableServerSideApply",
      reason: `this stand-in for the Kubernetes plugin always uses server-side apply. ${OFFICIAL_PLUGIN_ADVICE}`,
    });
  }
  return failures;
}

/** The refusals of `refusedOptions`, and why the kubeconfig cannot be used. Options not yet known are not judged. */
export async function checkSettings(options: PropertyMap, environment: NodeJS.ProcessEnv): Promise<CheckFailure[]> {
  const failures = refusedOptions(options);
  if (failures.length > 0 || containsUnknown(options)) return failures;
  const settings = parseSettings(options);
  try {
    await chooseCluster(settings.cluster, environment);
    return [];
  } catch (error) {
    const property = settings.cluster.context === undefined ? "kubeconfig" : "context";
    return [{ property, reason: error instanceof Error ? error.message : String(error) }];
  }
}

/** The options that choose the cluster: when they lead to another API server, everything must be created anew. */
const CHOOSING = ["kubeconfig", "context", "cluster"];

/** Which changed options move the provider to another cluster. A cluster that cannot be told counts as the same. */
export async function movingOptions(
  before: PropertyMap,
  after: PropertyMap,
  environment: NodeJS.ProcessEnv,
): Promise<string[]> {
  const changed = CHOOSING.filter((name) => asString(before[name]) !== asString(after[name]));
  if (changed.length === 0) return [];
  if (CHOOSING.some((name) => containsUnknown(after[name]))) return changed;
  const [old, fresh] = await Promise.all([before, after].map((options) => serverOf(options, environment)));
  return old !== undefined && fresh !== undefined && old !== fresh ? changed : [];
}

async function serverOf(options: PropertyMap, environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    return (await chooseCluster(parseSettings(options).cluster, environment)).server;
  } catch {
    return undefined;
  }
}
