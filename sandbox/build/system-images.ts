import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { command, retried } from "../command.ts";
import { pauseImage } from "../node/files.ts";
import { folderOf, sourceOf, type Artifact } from "./artifact.ts";
import { istioSources, istioVersion } from "./charts.ts";
import { imageRoot } from "./debian.ts";
import { envoy, envoyBinary } from "./envoy.ts";
import { istioTools, kubernetesTools, pinnedVersion } from "./go-tools.ts";
import { writeImage, writeLayer, type LayerFile } from "./oci-image.ts";
import { fillRegistryStore } from "./registry-store.ts";

/** Public name of the image on which the service image is built, here made from Debian and the project's own Node. */
const nodeImage = "library/node:24-bookworm-slim";
const npmVersion = "11.19.1";
const publicRegistry = "registry.k8s.io/";

/** Public names of the images that the node's own manifests and its container runtime ask for. */
export const nodeImages = {
  pause: pauseImage,
  coredns: `${publicRegistry}coredns/coredns:${pinnedVersion("kubernetes", "github.com/coredns/coredns")}`,
  metricsServer: `${publicRegistry}metrics-server/metrics-server:${pinnedVersion("istio", "sigs.k8s.io/metrics-server")}`,
} as const;

interface SystemImage {
  readonly name: string;
  /** Whether it stands on Debian or on nothing. */
  readonly onDebian: boolean;
  readonly files: readonly LayerFile[];
  readonly entrypoint: readonly string[];
  readonly user?: string;
}

function single(publicName: string, binary: string): SystemImage {
  const to = `/${basename(binary)}`;
  return {
    name: publicName.replace(publicRegistry, ""),
    onDebian: false,
    files: [{ from: binary, to }],
    entrypoint: [to],
  };
}

async function systemImages(work: string): Promise<readonly SystemImage[]> {
  const [kubernetes, istio] = [folderOf(kubernetesTools), folderOf(istioTools)];
  const bin = "/usr/local/bin";
  const bootstrap = join(await istioSources(), "tools/packaging/common/envoy_bootstrap.json");
  await retried(() => command("npm", ["install", "--silent", "--prefix", join(work, "npm"), `npm@${npmVersion}`]));
  const npm = "/usr/local/lib/node_modules/npm";
  const launcher = join(work, "npm-launcher");
  writeFileSync(launcher, `#!/bin/sh\nexec node ${npm}/bin/npm-cli.js "$@"\n`, { mode: 0o755 });
  return [
    single(nodeImages.pause, join(kubernetes, "pause")),
    single(nodeImages.coredns, join(kubernetes, "coredns")),
    single(nodeImages.metricsServer, join(istio, "metrics-server")),
    { ...single(`istio/pilot:${istioVersion}`, join(istio, "pilot-discovery")), user: "1337:1337" },
    {
      name: `istio/proxyv2:${istioVersion}`,
      onDebian: true,
      files: [
        { from: join(folderOf(envoy), envoyBinary), to: `${bin}/envoy` },
        { from: join(istio, "pilot-agent"), to: `${bin}/pilot-agent` },
        { from: bootstrap, to: "/var/lib/istio/envoy/envoy_bootstrap_tmpl.json" },
      ],
      entrypoint: [`${bin}/pilot-agent`],
    },
    {
      name: nodeImage,
      onDebian: true,
      files: [
        { from: process.execPath, to: `${bin}/node` },
        { from: join(work, "npm/node_modules/npm"), to: npm },
        { from: launcher, to: `${bin}/npm` },
      ],
      entrypoint: [],
    },
  ];
}

async function writeSystemImage(work: string, image: SystemImage, index: number): Promise<string> {
  const folder = join(work, String(index));
  mkdirSync(folder);
  const layer = join(folder, "layer.tar");
  await writeLayer(layer, join(folder, "staging"), image.files);
  const layers = image.onDebian ? [join(folderOf(imageRoot), "layer.tar"), layer] : [layer];
  const layout = join(folder, "layout");
  await writeImage(layout, { ...image, layers });
  return layout;
}

/** Folder of the store inside the artifact. */
export const storeFolder = "store";

/** A registry's store with every image that the sandbox's own pods and the project's Dockerfile start from. */
export const registryStore: Artifact = {
  name: "registry",
  inputs: [
    ...[istioVersion, process.version, ...Object.values(nodeImages)],
    sourceOf(import.meta.url, "./oci-image.ts", "./registry-store.ts"),
  ],
  needs: [imageRoot, kubernetesTools, istioTools, envoy],
  build: async (folder) => {
    const work = join(folder, "work");
    mkdirSync(work);
    const layouts = new Map<string, string>();
    for (const [index, image] of (await systemImages(work)).entries()) {
      layouts.set(image.name, await writeSystemImage(work, image, index));
    }
    await fillRegistryStore(join(folder, storeFolder), layouts);
    rmSync(work, { recursive: true });
  },
};
