import { uniqueName } from "../kubernetes/naming.ts";
import type { NamingRequest } from "../kubernetes/naming.ts";
import type { CheckFailure } from "../kubernetes/resource-handler.ts";
import { OFFICIAL_PLUGIN_ADVICE } from "../rpc/advice.ts";
import { containsValue, isMap, isMarkedObject, UNKNOWN } from "../rpc/property-values.ts";
import type { PropertyMap, PropertyValue } from "../rpc/property-values.ts";

/** Seconds Helm waits for each step of a release when the program sets no timeout. */
const DEFAULT_TIMEOUT_SECONDS = 300;

type Sort = "string" | "boolean" | "number" | "object";

const INPUTS: Readonly<Record<string, Sort>> = {
  atomic: "boolean",
  chart: "string",
  cleanupOnFail: "boolean",
  createNamespace: "boolean",
  dependencyUpdate: "boolean",
  description: "string",
  devel: "boolean",
  disableOpenapiValidation: "boolean",
  disableWebhooks: "boolean",
  maxHistory: "number",
  name: "string",
  namespace: "string",
  renderSubchartNotes: "boolean",
  repositoryOpts: "object",
  skipAwait: "boolean",
  skipCrds: "boolean",
  takeOwnership: "boolean",
  timeout: "number",
  values: "object",
  version: "string",
  waitForJobs: "boolean",
};

/** Inputs that the SDK sends although the program does not set them, or that have no effect any more. */
const WITHOUT_EFFECT = new Set(["allowNullValues", "compat", "resourceNames", "status", "manifest"]);

const REPOSITORY_INPUTS = new Set(["repo", "caFile", "certFile", "keyFile"]);

/** Why inputs of a release are refused, one entry for each; secrets must be revealed before. */
export function refusedReleaseInputs(inputs: PropertyMap): CheckFailure[] {
  const failures = Object.entries(inputs).flatMap(([name, value]) => refusal(name, value));
  if (inputs["chart"] === undefined || inputs["chart"] === "") {
    failures.push({ property: "chart", reason: "the chart to install is missing" });
  }
  return [...failures, ...refusedRepositoryInputs(inputs["repositoryOpts"])];
}

function refusal(name: string, value: PropertyValue | undefined): CheckFailure[] {
  if (value === undefined || value === null || value === UNKNOWN || WITHOUT_EFFECT.has(name)) return [];
  const sort = INPUTS[name];
  if (sort === undefined) return value === false ? [] : [unsupported(name)];
  if (sort === "object" ? !isMap(value) : typeof value !== sort)
    return [{ property: name, reason: `must be ${sort === "object" ? "an" : "a"} ${sort}` }];
  if (!containsValue(value, isMarkedObject)) return [];
  return [{ property: name, reason: "must be plain data: assets and archives are not supported by this stand-in" }];
}

function refusedRepositoryInputs(options: PropertyValue | undefined): CheckFailure[] {
  if (!isMap(options)) return [];
  return Object.entries(options)
    .filter(([name, value]) => value !== undefined && value !== null && !REPOSITORY_INPUTS.has(name))
    .map(([name]) => unsupported(`repositoryOpts.${name}`));
}

function unsupported(property: string): CheckFailure {
  return {
    property,
    reason: `"${property}" is not supported by this stand-in for the Kubernetes plugin. ${OFFICIAL_PLUGIN_ADVICE}`,
  };
}

/** The inputs with a name, a namespace and a timeout, as the official plugin fills them in. */
export function withReleaseDefaults(
  inputs: PropertyMap,
  oldInputs: PropertyMap,
  namespace: string,
  naming: NamingRequest,
): PropertyMap {
  const kept = Object.entries(inputs).filter(([name]) => !WITHOUT_EFFECT.has(name));
  const completed: PropertyMap = Object.fromEntries(kept);
  completed["name"] ||= oldInputs["name"] ?? naming.proposedName ?? uniqueName(naming.logicalName, naming.randomSeed);
  completed["namespace"] ||= namespace;
  if (completed["skipAwait"] !== true) completed["timeout"] ??= DEFAULT_TIMEOUT_SECONDS;
  return completed;
}
