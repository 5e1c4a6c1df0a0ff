import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Artifact } from "../../sandbox/build/artifact.ts";

const cache = mkdtempSync(join(tmpdir(), "sandbox-cache-"));
vi.stubEnv("XDG_CACHE_HOME", cache);
const { buildArtifact, folderOf, isBuilt, removeOldVersions } = await import("../../sandbox/build/artifact.ts");
const { buildMissing } = await import("../../sandbox/build/scheduler.ts");
const { withLock } = await import("../../sandbox/lock.ts");
const { cacheFolder } = await import("../../sandbox/folders.ts");

beforeEach(() => {
  rmSync(cacheFolder, { recursive: true, force: true });
  mkdirSync(cacheFolder, { recursive: true });
});

afterAll(() => {
  rmSync(cache, { recursive: true });
});

const artifact = (name: string, more: Partial<Artifact> = {}): Artifact => ({
  name,
  inputs: ["1"],
  needs: [],
  build: (folder) => {
    writeFileSync(join(folder, "content"), name);
    return Promise.resolve();
  },
  ...more,
});

const silent = { started: () => undefined, finished: () => undefined };

describe("an artifact", () => {
  it("lies in the cache under a key of its inputs and of what it needs", () => {
    const need = artifact("need");
    const folders = [
      artifact("part"),
      artifact("part", { inputs: ["2"] }),
      artifact("part", { needs: [need] }),
      artifact("part", { needs: [artifact("need", { inputs: ["2"] })] }),
    ].map(folderOf);
    expect(new Set(folders).size).toBe(4);
    expect(folderOf(artifact("part"))).toBe(folders[0]);
  });

  it("is there whole or not at all when its build fails", async () => {
    const failing = artifact("part", {
      build: (folder) => {
        writeFileSync(join(folder, "half"), "");
        return Promise.reject(new Error("no network"));
      },
    });
    await expect(buildArtifact(failing)).rejects.toThrow("no network");
    expect(isBuilt(failing)).toBe(false);
    expect(readdirSync(cacheFolder)).toEqual([]);
  });

  it("replaces its other versions and what killed builds left, and nothing else", async () => {
    const old = artifact("part", { inputs: ["0"] });
    const current = artifact("part");
    const other = artifact("part-time");
    await Promise.all([old, current, other].map(buildArtifact));
    mkdirSync(`${folderOf(current)}.4194305.unfinished`);
    mkdirSync(`${folderOf(current)}.${process.pid}.unfinished`);
    removeOldVersions([current]);
    expect([isBuilt(old), isBuilt(current), isBuilt(other)]).toEqual([false, true, true]);
    expect(readdirSync(cacheFolder).filter((name) => name.endsWith("unfinished"))).toEqual([
      `${folderOf(current).slice(cacheFolder.length + 1)}.${process.pid}.unfinished`,
    ]);
  });
});

describe("buildMissing", () => {
  it("builds what an artifact needs before it, and only what is missing", async () => {
    const order: string[] = [];
    const listener = { started: (name: string) => order.push(name), finished: () => undefined };
    const ground = artifact("ground");
    const wall = artifact("wall", { needs: [ground] });
    const roof = artifact("roof", { needs: [wall, ground] });
    await buildMissing([ground], silent);
    await buildMissing([roof], listener);
    expect(order).toEqual(["wall", "roof"]);
    expect(readFileSync(join(folderOf(roof), "content"), "utf8")).toBe("roof");
  });

  it("goes on where a failed run stopped", async () => {
    let network = false;
    const builds: string[] = [];
    const noting = (name: string) => () => {
      builds.push(name);
      return network || name === "fine" ? Promise.resolve() : Promise.reject(new Error("no network"));
    };
    const fine = artifact("fine", { build: noting("fine") });
    const flaky = artifact("flaky", { needs: [fine], build: noting("flaky") });
    await expect(buildMissing([flaky], silent)).rejects.toThrow("no network");
    network = true;
    await buildMissing([flaky], silent);
    expect(builds).toEqual(["fine", "flaky", "flaky"]);
  });

  it("lets what does not compile overlap with a compiler", async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const compiler = artifact("compiler", { compiles: true, build: () => promise });
    const download = artifact("download", {
      build: () => {
        resolve(undefined);
        return Promise.resolve();
      },
    });
    await buildMissing([compiler, download], silent);
    expect([isBuilt(compiler), isBuilt(download)]).toEqual([true, true]);
  });
});

describe("withLock", () => {
  it("does one work at a time", async () => {
    let inside = 0;
    const most: number[] = [];
    const work = async () => {
      most.push((inside += 1));
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside -= 1;
    };
    await Promise.all([withLock("build", work), withLock("build", work)]);
    expect(most).toEqual([1, 1]);
  });

  it("takes over from a holder that no longer lives", async () => {
    const file = join(cacheFolder, "build.lock");
    writeFileSync(file, `${process.pid} 1`);
    expect(await withLock("build", () => Promise.resolve("done"))).toBe("done");
    expect(existsSync(file)).toBe(false);
  });

  it("is free again after a failure", async () => {
    await expect(withLock("build", () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    expect(await withLock("build", () => Promise.resolve("done"))).toBe("done");
  });
});
