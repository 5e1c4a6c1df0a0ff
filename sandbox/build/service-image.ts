import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { command, retried } from "../command.ts";
import { cacheFolder, projectFolder } from "../folders.ts";
import { folderOf, removeOtherVersions, sourceOf } from "./artifact.ts";
import { nodeRoot, nodeRootFolder } from "./debian.ts";
import { kubernetesTools } from "./go-tools.ts";
import { registryStore } from "./system-images.ts";

const builder = "./image-builder.sh";
const repository = "vllm-istio-canary/service";
const contextPaths = ["Dockerfile", "package.json", "package-lock.json", "app"];
const madeHere = ["app/dist", "app/node_modules"];

/**
 * The Dockerfile and what it may copy, as `.dockerignore` has it: paths of files, relative to the checkout, in an order
 * that depends on their names alone.
 */
export function contextFiles(checkout: string): readonly string[] {
  const filesBelow = (path: string): readonly string[] => {
    if (madeHere.includes(path)) return [];
    if (statSync(join(checkout, path)).isFile()) return [path];
    const names = readdirSync(join(checkout, path)).sort();
    return names.flatMap((name) => filesBelow(`${path}/${name}`));
  };
  return contextPaths.flatMap(filesBelow);
}

function contentKey(files: readonly string[]): string {
  const hash = createHash("sha256")
    .update(folderOf(registryStore))
    .update(sourceOf(import.meta.url, builder));
  for (const file of files) {
    hash
      .update(file)
      .update("\0")
      .update(readFileSync(join(projectFolder, file)))
      .update("\0");
  }
  return hash.digest("hex").slice(0, 12);
}

async function build(files: readonly string[], layout: string, registry: string): Promise<void> {
  const work = `${layout}.${process.pid}.unfinished`;
  // The builder keeps the npm credentials it is given in memory, but should it not, nobody else may read them.
  mkdirSync(work, { recursive: true, mode: 0o700 });
  for (const file of files) {
    const copy = join(work, "context", file);
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(join(projectFolder, file), copy);
  }
  const npmrc = join(homedir(), ".npmrc");
  const env = {
    ROOTFS: join(folderOf(nodeRoot), nodeRootFolder),
    WORK: work,
    REGISTRY: registry,
    ...(existsSync(npmrc) ? { NPMRC: npmrc } : {}),
  };
  try {
    await retried(async () => {
      rmSync(join(work, "layout"), { recursive: true, force: true });
      const script = join(import.meta.dirname, builder);
      await command("unshare", ["--mount", script], { env, whenKilled: "dies with its children" });
    });
    renameSync(join(work, "layout"), layout);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The service image as it is in a sandbox's registry. */
export interface ServiceImage {
  /** Reference by digest, good for pods and for this machine alike. */
  readonly reference: string;
  /** False when the same sources had been built before. */
  readonly built: boolean;
}

/**
 * Builds the service image from the project's Dockerfile, unless its sources have not changed since it was built last,
 * and pushes it to a sandbox's registry. Those of other sources are removed from the cache, so two at a time may not run.
 *
 * @param registry host:port of the sandbox's registry
 * @throws Error with the builder's last lines
 */
export async function publishServiceImage(registry: string): Promise<ServiceImage> {
  const files = contextFiles(projectFolder);
  const layout = join(cacheFolder, `service-image-${contentKey(files)}`);
  const built = !existsSync(layout);
  if (built) await build(files, layout, registry);
  const crane = join(folderOf(kubernetesTools), "crane");
  const reference = await command(crane, ["push", "--insecure", layout, `${registry}/${repository}:latest`]);
  removeOtherVersions(layout);
  return { reference: reference.trim(), built };
}
