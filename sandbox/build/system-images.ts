import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { command, retried } from "../command.ts";
import { pauseImage } from "../node/files.ts";
import { folderOf, sourceOf, type Artifact } from "./artifact.ts";
import { istioSources, istioVersion } from "./charts.ts";
import { imageRoot } from "./debian.ts";
import { nodePath, runtimeSettings, writeDistrolessLayer } from "./distroless.ts";
import { envoy, envoyBinary } from "./envoy.ts";
import { istioTools, kubernetesTools, pinnedVersion } from "./go-tools.ts";
import { writeImage, writeLayer, type LayerFile } from "./oci-image.ts";
import { fillRegistryStore } from "./registry-store.ts";

/**
 * Public names of the images that the Dockerfile starts from: the one that builds the service and the one that runs it.
 * Here both are made from the same Debian and the project's own Node.
 */
export const baseImages = {
  build: "docker.io/library/node:24-bookworm-slim",
  runtime: "gcr.io/distroless/nodejs24-debian13:nonroot",
} as const;

const npmVersion = "11.19.1";

/** Public names of the images that the node's own manifests and its container runtime ask for. */
export const nodeImages = {
  pause: pauseImage,
  coredns: `registry.k8s.io/coredns/coredns:${pinnedVersion("kubernetes", "github.com/coredns/coredns")}`,
  metricsServer: `registry.k8s.io/metrics-server/metrics-server:${pinnedVersion("istio", "sigs.k8s.io/metrics-server")}`,
} as const;

interface SystemImage {
  /** Its name in the registry, without the host. */
  readonly name: string;
  /** Layer archive below its files; without one it stands on nothing. */
  readonly base?: string;
  readonly files: readonly LayerFile[];
  readonly entrypoint: readonly string[];
  readonly user?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Where a sandbox's registry, which stands in for every public one, has an image. */
function inRegistry(publicName: string): string {
  return publicName.slice(publicName.indexOf("/") + 1);
}

function single(name: string, binary: string): SystemImage {
  const to = `/${basename(binary)}`;
  return { name, files: [{ from: binary, to }], entrypoint: [to] };
}

const bin = "/usr/local/bin";

async function buildImage(work: string, debian: string): Promise<SystemImage> {
  await retried(() => command("npm", ["install", "--silent", "--prefix", join(work, "npm"), `npm@${npmVersion}`]));
  const npm = "/usr/local/lib/node_modules/npm";
  const launcher = join(work, "npm-launcher");
  writeFileSync(launcher, `#!/bin/sh\nexec node ${npm}/bin/npm-cli.js "$@"\n`, { mode: 0o755 });
  return {
    name: inRegistry(baseImages.build),
    base: debian,
    files: [
      { from: process.execPath, to: `${bin}/node` },
      { from: join(work, "npm/node_modules/npm"), to: npm },
      { from: launcher, to: `${bin}/npm` },
    ],
    entrypoint: [],
  };
}

async function runtimeImage(work: string, debian: string): Promise<SystemImage> {
  const base = join(work, "distroless.tar");
  await writeDistrolessLayer(base, join(work, "distroless"), debian);
  return {
    ...runtimeSettings,
    name: inRegistry(baseImages.runtime),
    base,
    files: [{ from: process.execPath, to: nodePath }],
    entrypoint: [nodePath],
  };
}

async function systemImages(work: string): Promise<readonly SystemImage[]> {
  const [kubernetes, istio] = [folderOf(kubernetesTools), folderOf(istioTools)];
  const debian = join(folderOf(imageRoot), "layer.tar");
  const bootstrap = join(await istioSources(), "tools/packaging/common/envoy_bootstrap.json");
  return [
    single(inRegistry(nodeImages.pause), join(kubernetes, "pause")),
    single(inRegistry(nodeImages.coredns), join(kubernetes, "coredns")),
    single(inRegistry(nodeImages.metricsServer), join(istio, "metrics-server")),
    { ...single(`istio/pilot:${istioVersion}`, join(istio, "pilot-discovery")), user: "1337:1337" },
    {
      name: `istio/proxyv2:${istioVersion}`,
      base: debian,
      files: [
        { from: join(folderOf(envoy), envoyBinary), to: `${bin}/envoy` },
        { from: join(istio, "pilot-agent"), to: `${bin}/pilot-agent` },
        { from: bootstrap, to: "/var/lib/istio/envoy/envoy_bootstrap_tmpl.json" },
      ],
      entrypoint: [`${bin}/pilot-agent`],
    },
    {
      name: `istio/install-cni:${istioVersion}`,
      base: debian,
      files: [
        { from: join(istio, "install-cni"), to: `${bin}/install-cni` },
        { from: join(istio, "istio-cni"), to: "/opt/cni/bin/istio-cni" },
      ],
      entrypoint: [`${bin}/install-cni`],
    },
    await buildImage(work, debian),
    await runtimeImage(work, debian),
  ];
}

async function writeSystemImage(work: string, image: SystemImage, index: number): Promise<string> {
  const folder = join(work, String(index));
  mkdirSync(folder);
  const layer = join(folder, "layer.tar");
  await writeLayer(layer, join(folder, "staging"), image.files);
  const layers = image.base === undefined ? [layer] : [image.base, layer];
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
    sourceOf(import.meta.url, "./distroless.ts", "./oci-image.ts", "./registry-store.ts"),
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
