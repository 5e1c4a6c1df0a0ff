import { asMap, asString, isMap } from "../rpc/property-values.ts";
import type { PropertyMap } from "../rpc/property-values.ts";

/** Boolean inputs of a release and the flags of `helm install` and `helm upgrade` that they stand for. */
const FLAGS: Readonly<Record<string, string>> = {
  atomic: "--atomic",
  createNamespace: "--create-namespace",
  dependencyUpdate: "--dependency-update",
  devel: "--devel",
  disableOpenapiValidation: "--disable-openapi-validation",
  disableWebhooks: "--no-hooks",
  renderSubchartNotes: "--render-subchart-notes",
  skipCrds: "--skip-crds",
  takeOwnership: "--take-ownership",
};

const REPOSITORY_FLAGS: Readonly<Record<string, string>> = {
  repo: "--repo",
  caFile: "--ca-file",
  certFile: "--cert-file",
  keyFile: "--key-file",
};

/** The arguments that say which chart is meant: name or path, version, repository. */
export function chartArguments(inputs: PropertyMap): string[] {
  const version = asString(inputs["version"]);
  const repository = Object.entries(asMap(inputs["repositoryOpts"])).flatMap(([name, value]) => {
    const flag = REPOSITORY_FLAGS[name];
    return flag === undefined || asString(value) === "" ? [] : [flag, asString(value)];
  });
  return [asString(inputs["chart"]), ...(version === "" ? [] : ["--version", version]), ...repository];
}

function commonArguments(inputs: PropertyMap): string[] {
  const flags = Object.entries(FLAGS).flatMap(([name, flag]) => (inputs[name] === true ? [flag] : []));
  const { timeout, description } = inputs;
  const waits = inputs["skipAwait"] !== true;
  return [
    ...chartArguments(inputs),
    "--namespace",
    asString(inputs["namespace"]),
    ...flags,
    ...(waits ? ["--wait"] : []),
    ...(waits && inputs["waitForJobs"] === true ? ["--wait-for-jobs"] : []),
    ...(typeof timeout === "number" ? ["--timeout", `${timeout}s`] : []),
    ...(asString(description) === "" ? [] : ["--description", asString(description)]),
    // The values come from the standard input: they may hold secrets, which must not show in the process list.
    "--values",
    "-",
    "--output",
    "json",
  ];
}

/** The command line that installs a release. */
export function installArguments(inputs: PropertyMap): string[] {
  return ["install", asString(inputs["name"]), ...commonArguments(inputs)];
}

/** The command line that changes a release. Values of earlier revisions are not kept. */
export function upgradeArguments(inputs: PropertyMap): string[] {
  const { maxHistory } = inputs;
  return [
    "upgrade",
    asString(inputs["name"]),
    ...commonArguments(inputs),
    "--reset-values",
    ...(inputs["cleanupOnFail"] === true ? ["--cleanup-on-fail"] : []),
    ...(typeof maxHistory === "number" ? ["--history-max", String(maxHistory)] : ["--history-max", "0"]),
  ];
}

/** The command line that removes a release. */
export function uninstallArguments(inputs: PropertyMap, timeoutSeconds: number): string[] {
  const timeout = timeoutSeconds > 0 ? ["--timeout", `${Math.ceil(timeoutSeconds)}s`] : [];
  const waits = inputs["skipAwait"] === true ? [] : ["--wait", "--cascade", "foreground"];
  const scope = ["--namespace", asString(inputs["namespace"])];
  return ["uninstall", asString(inputs["name"]), ...scope, ...waits, ...timeout];
}

/** What Helm reads as the values of a release: JSON, which is YAML. */
export function valuesText(inputs: PropertyMap): string {
  return JSON.stringify(isMap(inputs["values"]) ? inputs["values"] : {});
}
