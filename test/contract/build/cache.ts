import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheFolder } from "../../../sandbox/folders.ts";
import { withLock } from "../../../sandbox/lock.ts";
import type { Progress } from "../../../sandbox/progress.ts";

/** Something the tests need that is built once and kept. */
export interface Recipe {
  /** What is built; with the key also the name of its folder. */
  readonly name: string;
  /** Everything the content depends on: another input is another folder. */
  readonly inputs: readonly string[];
  /** Fills the folder, which exists and is empty. */
  readonly build: (folder: string) => Promise<unknown>;
}

const KEY_LENGTH = 12;
const contractCache = join(dirname(cacheFolder), "contract");

/**
 * Gives the folder that the recipe fills, in `~/.cache/vllm-istio-canary/contract`; fills it first when it is not there.
 * Runs at the same time wait for each other, and an interrupted one leaves nothing behind that counts.
 *
 * @throws Error what the recipe throws
 */
export async function cached(recipe: Recipe, progress: Progress): Promise<string> {
  const folder = join(contractCache, `${recipe.name}-${keyOf(recipe)}`);
  if (existsSync(folder)) return folder;
  const waiting = (): void => {
    progress.say(`another run prepares ${recipe.name}: waiting for it`);
  };
  await withLock(folder, waiting, async () => {
    if (!existsSync(folder)) await fill(folder, recipe, progress);
  });
  return folder;
}

async function fill(folder: string, { name, build }: Recipe, progress: Progress): Promise<void> {
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  const begin = performance.now();
  progress.started(name);
  try {
    await build(unfinished);
    renameSync(unfinished, folder);
  } catch (error) {
    progress.failed(name, error);
    throw error;
  }
  progress.finished(name, (performance.now() - begin) / 1000);
}

function keyOf({ inputs }: Recipe): string {
  const hash = createHash("sha256");
  for (const input of inputs) hash.update(input).update("\0");
  return hash.digest("hex").slice(0, KEY_LENGTH);
}
