import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { command, retried } from "../command.ts";
import { folderOf, sourceOf, type Artifact } from "./artifact.ts";
import { istioTools, kubernetesTools, moduleFolder, pinnedVersion } from "./go-tools.ts";

const chartFolders = ["base", "istio-cni", "istio-control/istio-discovery", "gateway"];

/**
 * Version of the sandbox's Istio charts and images: the release line of the sources and the pinned commit.
 */
export const istioVersion = `1.31.0-${pinnedVersion("istio", "istio.io/istio").split("-").at(-1) ?? ""}`;

/** A later version of the same charts, with the same images: to upgrade to in place. */
export const laterIstioVersion = `${istioVersion}.1`;

/** Folder of Istio's sources in Go's module cache; downloads them when they are not there. */
export async function istioSources(): Promise<string> {
  const cwd = moduleFolder("istio");
  const answer = await retried(() => command("go", ["mod", "download", "-json", "istio.io/istio"], { cwd }));
  return (JSON.parse(answer) as { readonly Dir: string }).Dir;
}

type Default = readonly [path: readonly string[], value: unknown];

const ownImages: readonly Default[] = [
  [["global", "hub"], "docker.io/istio"],
  [["global", "tag"], istioVersion],
];

/**
 * What the sandbox's build of the charts changes in their defaults, as a distribution does: its own images, and none of
 * the filters that only Istio's build of Envoy has (the price: no `istio_requests_total` and its kin).
 */
const changedDefaults: Readonly<Record<string, readonly Default[]>> = {
  "istio-cni": ownImages,
  "istio-control/istio-discovery": [
    ...ownImages,
    [["telemetry", "enabled"], false],
    [["env", "PILOT_ENABLE_METADATA_EXCHANGE"], "false"],
    [["env", "PILOT_ENABLE_ALPN_FILTER"], "false"],
  ],
};

function changeDefaults(valuesFile: string, defaults: readonly Default[]): void {
  const values = parseDocument(readFileSync(valuesFile, "utf8"));
  for (const [path, value] of defaults) values.setIn(["_internal_defaults_do_not_set", ...path], value);
  writeFileSync(valuesFile, values.toString());
}

/** Istio's own Helm charts as a chart repository, each in both versions: `*.tgz` and `index.yaml`. */
export const charts: Artifact = {
  name: "charts",
  inputs: [istioVersion, sourceOf(import.meta.url)],
  needs: [kubernetesTools, istioTools],
  build: async (folder) => {
    const helm = join(folderOf(kubernetesTools), "helm");
    const sources = await istioSources();
    for (const name of chartFolders) {
      const copy = join(folder, "chart");
      cpSync(join(sources, "manifests/charts", name), copy, { recursive: true });
      await command("chmod", ["-R", "u+w", copy]);
      const defaults = changedDefaults[name];
      if (defaults !== undefined) changeDefaults(join(copy, "values.yaml"), defaults);
      for (const version of [istioVersion, laterIstioVersion]) {
        await command(helm, ["package", copy, "--version", version, "--app-version", version, "-d", folder]);
      }
      rmSync(copy, { recursive: true });
    }
    await command(helm, ["repo", "index", folder]);
  },
};
