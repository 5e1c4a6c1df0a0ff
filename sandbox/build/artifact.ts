import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { cacheFolder } from "../folders.ts";

/** Something that is built once and kept in the cache under its version. */
export interface Artifact {
  /** Also the name of its folder in the cache, before the key. */
  readonly name: string;
  /** Everything the content depends on: versions, recipes, keys of other artifacts. */
  readonly inputs: readonly string[];
  /** Artifacts it is made of. */
  readonly needs: readonly Artifact[];
  /** Downloads what building it takes; runs even while another artifact compiles. */
  readonly prepare?: () => Promise<unknown>;
  /** True when building it keeps all cores busy by itself. */
  readonly compiles?: boolean;
  /** Fills the (existing, empty) folder. */
  readonly build: (folder: string) => Promise<void>;
}

const keyLength = 12;

function keyOf(artifact: Artifact): string {
  const hash = createHash("sha256");
  for (const input of [...artifact.inputs, ...artifact.needs.map(folderOf)]) hash.update(input).update("\0");
  return hash.digest("hex").slice(0, keyLength);
}

/** Folder of the artifact in the cache, whether it has been built or not. */
export function folderOf(artifact: Artifact): string {
  return join(cacheFolder, `${artifact.name}-${keyOf(artifact)}`);
}

/** Whether the artifact is in the cache, whole. */
export function isBuilt(artifact: Artifact): boolean {
  return existsSync(folderOf(artifact));
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

function removeOtherVersions(artifact: Artifact): void {
  const current = basename(folderOf(artifact));
  for (const entry of readdirSync(cacheFolder)) {
    if (isObsolete(entry, current)) rmSync(join(cacheFolder, entry), { recursive: true });
  }
}

/** Builds the artifact beside its place and moves it there when it is whole, so an interrupted build leaves none. */
export async function buildArtifact(artifact: Artifact): Promise<void> {
  const folder = folderOf(artifact);
  const unfinished = `${folder}.${process.pid}.unfinished`;
  mkdirSync(unfinished, { recursive: true });
  try {
    await artifact.build(unfinished);
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

/** Frees the disk of versions that no longer match and of what interrupted builds left, once the current ones are there. */
export function removeOldVersions(artifacts: readonly Artifact[]): void {
  artifacts.forEach(removeOtherVersions);
}
