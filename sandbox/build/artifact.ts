import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { cacheFolder } from "../folders.ts";
import { isMounted, mountTables } from "./mounts.ts";

/** Something that is built once and kept in the cache under its version. */
export interface Artifact {
  /** Also the name of its folder in the cache, before the key. */
  readonly name: string;
  /** Everything the content depends on beside `needs`: versions, and the recipe itself (see {@link sourceOf}). */
  readonly inputs: readonly string[];
  /** Artifacts it is made of. */
  readonly needs: readonly Artifact[];
  /** Downloads what building it takes; runs even while another artifact compiles. */
  readonly prepare?: () => Promise<unknown>;
  /** True when building it keeps all cores busy by itself. */
  readonly compiles?: boolean;
  /** Fills the (existing, empty) folder. */
  readonly build: (folder: string) => Promise<void>;
  /** Whether time has made the folder's content worth another try. */
  readonly isStale?: (folder: string) => boolean;
}

const keyLength = 12;

/**
 * Text of a recipe, so that a changed recipe is a changed key.
 *
 * @param module `import.meta.url` of the module that holds it
 * @param others files it uses, relative to the module
 */
export function sourceOf(module: string, ...others: readonly string[]): string {
  return [module, ...others].map((file) => readFileSync(new URL(file, module), "utf8")).join("\0");
}

function keyOf(artifact: Artifact): string {
  const hash = createHash("sha256");
  for (const input of [...artifact.inputs, ...artifact.needs.map(folderOf)]) hash.update(input).update("\0");
  return hash.digest("hex").slice(0, keyLength);
}

/** Folder of the artifact in the cache, whether it has been built or not. */
export function folderOf(artifact: Artifact): string {
  return join(cacheFolder, `${artifact.name}-${keyOf(artifact)}`);
}

/** Whether the artifact is in the cache, whole and not stale. */
export function isBuilt(artifact: Artifact): boolean {
  const folder = folderOf(artifact);
  return existsSync(folder) && artifact.isStale?.(folder) !== true;
}

function isRunning(pid: string): boolean {
  return existsSync(`/proc/${pid}`);
}

function isObsolete(entry: string, current: string): boolean {
  const [, builder] = /\.(\d+)\.unfinished$/.exec(entry) ?? [];
  if (builder !== undefined) return !isRunning(builder);
  const sameArtifact = entry.slice(0, -keyLength) === current.slice(0, -keyLength);
  return sameArtifact && entry !== current;
}

/**
 * Removes from the cache what has the same name under another key, unless a running sandbox (of another checkout, say)
 * has it mounted; and whatever killed builds left.
 *
 * @param folder the version to keep
 * @param mounts what is mounted now, see {@link mountTables}
 */
export function removeOtherVersions(folder: string, mounts: readonly string[] = mountTables()): void {
  for (const entry of readdirSync(cacheFolder)) {
    if (!isObsolete(entry, basename(folder)) || isMounted(entry, mounts)) continue;
    rmSync(join(cacheFolder, entry), { recursive: true, force: true });
  }
}

/** Builds the artifact beside its place and moves it there when it is whole, so an interrupted build leaves none. */
export async function buildArtifact(artifact: Artifact): Promise<void> {
  const folder = folderOf(artifact);
  const unfinished = `${folder}.${process.pid}.unfinished`;
  mkdirSync(unfinished, { recursive: true });
  try {
    await artifact.build(unfinished);
    // Another process may have been faster.
    if (isBuilt(artifact)) return;
    rmSync(folder, { recursive: true, force: true });
    renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** Every artifact that the given ones are made of, themselves included, each after what it needs. */
export function withNeeds(artifacts: readonly Artifact[]): readonly Artifact[] {
  const ordered = new Set<Artifact>();
  const visit = (artifact: Artifact) => {
    artifact.needs.forEach(visit);
    ordered.add(artifact);
  };
  artifacts.forEach(visit);
  return [...ordered];
}

/** Frees the disk of versions that no longer match and that nobody uses, once the current ones are there. */
export function removeOldVersions(artifacts: readonly Artifact[], mounts: readonly string[] = mountTables()): void {
  for (const artifact of artifacts) removeOtherVersions(folderOf(artifact), mounts);
}
