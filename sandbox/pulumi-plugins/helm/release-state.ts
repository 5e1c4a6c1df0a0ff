import { parseAllDocuments } from "yaml";
import { asMap, asString, makeSecret, markSecrets, UNKNOWN, valueAt } from "../rpc/property-values.ts";
import type { PropertyMap } from "../rpc/property-values.ts";

/** A release as Helm knows it. */
export interface LiveRelease {
  readonly name: string;
  readonly namespace: string;
  readonly revision: number;
  /** Helm's status, for example `deployed`, `failed` or `pending-upgrade`. */
  readonly status: string;
  readonly chart: string;
  readonly version: string;
  readonly appVersion: string;
  /** The values that were given to the release, without those of the chart. */
  readonly values: PropertyMap;
  /** The names of the release's objects by kind, for example `Deployment.apps/apps/v1`. */
  readonly resourceNames: Readonly<Record<string, string[]>>;
}

/** Puts a release together from the JSON of `helm status` and of `helm get metadata`. */
export function parseRelease(status: PropertyMap, metadata: PropertyMap): LiveRelease {
  const { version } = status;
  return {
    name: asString(status["name"]),
    namespace: asString(status["namespace"]),
    revision: typeof version === "number" ? version : 0,
    status: asString(valueAt(status, "info", "status")),
    chart: asString(metadata["chart"]),
    version: asString(metadata["version"]),
    appVersion: asString(metadata["appVersion"]),
    values: asMap(status["config"]),
    resourceNames: resourceNames(asString(status["manifest"])),
  };
}

/** The names of the objects in a manifest by `<kind>.<group>/<apiVersion>`, each with its namespace if it has one. */
export function resourceNames(manifest: string): Record<string, string[]> {
  const names: Record<string, string[]> = {};
  for (const document of parseAllDocuments(manifest)) {
    const object = asMap(document.toJS() as PropertyMap | null);
    const apiVersion = asString(object["apiVersion"]);
    const kind = asString(object["kind"]);
    if (kind === "") continue;
    const group = apiVersion.includes("/") ? `.${apiVersion.slice(0, apiVersion.indexOf("/"))}` : "";
    const namespace = asString(valueAt(object, "metadata", "namespace"));
    const name = asString(valueAt(object, "metadata", "name"));
    const list = (names[`${kind}${group}/${apiVersion}`] ??= []);
    list.push(namespace === "" ? name : `${namespace}/${name}`);
  }
  return Object.fromEntries(Object.entries(names).map(([kind, list]) => [kind, [...new Set(list)].sort()]));
}

/** Whether an earlier operation on the release was interrupted, so that Helm refuses the next one. */
export function isInterrupted(release: LiveRelease | undefined): boolean {
  return release?.status.startsWith("pending-") === true;
}

/** The outputs that Pulumi stores for a release, the inputs among them. */
export function releaseOutputs(inputs: PropertyMap, release: LiveRelease): PropertyMap {
  const { revision, status, chart, version, appVersion, name, namespace } = release;
  return {
    ...inputs,
    version,
    values: markSecrets({ values: release.values }, inputs)["values"],
    resourceNames: { ...release.resourceNames },
    status: { name, namespace, revision, status, chart, version, appVersion },
    __inputs: makeSecret(inputs),
  };
}

/** The outputs as far as a preview can tell. */
export function previewedOutputs(inputs: PropertyMap): PropertyMap {
  return { ...inputs, resourceNames: UNKNOWN, status: UNKNOWN };
}
