import { describe, expect, it } from "vitest";
import { selfTimes, type CpuProfile } from "../../../bench/proxy/cpu-profile.ts";

const node = (id: number, functionName: string, url = "", lineNumber = 0) => ({
  id,
  callFrame: { functionName, url, lineNumber },
});

const nodes = [
  node(1, "(idle)"),
  node(2, "(garbage collector)"),
  node(3, "(program)"),
  node(4, "writev"),
  node(5, "serve", "file:///home/me/project/app/proxy/proxy.ts", 41),
  node(6, "", "file:///home/me/project/node_modules/undici/lib/dispatcher/pool.js", 9),
  node(7, "start", "file:///p/node_modules/a/node_modules/@b/c/d.js"),
  node(8, "emit", "node:events", 488),
  node(9, "parse", "wasm://wasm/00034eea"),
];

/** A profile in which these nodes run one after another for so many microseconds each. */
function profile(...spans: readonly (readonly [id: number, us: number])[]): CpuProfile {
  return {
    nodes,
    samples: [...spans.map(([id]) => id), 1],
    timeDeltas: [0, ...spans.map(([, us]) => us)],
  };
}

describe("selfTimes", () => {
  it("adds busy time up by origin and by function, the most first", () => {
    const spans = [
      [5, 3000],
      [6, 2000],
      [1, 9000],
      [5, 1000],
      [2, 500],
      [4, 6000],
      [8, 700],
      [3, 100],
      [9, 300],
    ] as const;
    expect(selfTimes(profile(...spans), 1000)).toEqual({
      busyMs: 13.6,
      origins: [
        ["native functions", 6],
        ["own code", 4],
        ["undici", 2],
        ["Node's own modules", 0.7],
        ["garbage collection", 0.5],
        ["WebAssembly (undici's parser)", 0.3],
        ["outside JavaScript", 0.1],
      ],
      functions: [
        ["writev", 6],
        ["serve  proxy/proxy.ts:42", 4],
        ["(anonymous)  dispatcher/pool.js:10", 2],
        ["emit  node:events:489", 0.7],
        ["(garbage collector)", 0.5],
        ["parse  wasm/00034eea:1", 0.3],
        ["(program)", 0.1],
      ],
    });
  });

  it("reads the end of the profile only", () => {
    expect(selfTimes(profile([6, 5000], [5, 2000], [1, 1000]), 3).origins).toEqual([["own code", 2]]);
  });

  it("names the innermost package of one inside another", () => {
    expect(selfTimes(profile([7, 1000]), 10).origins).toEqual([["@b/c", 1]]);
  });
});
