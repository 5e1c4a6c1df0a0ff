import { describe, expect, it } from "vitest";
import type { Figures } from "../../../bench/proxy/figures.ts";
import { verdictLine, verdicts, type Results } from "../../../bench/proxy/verdict.ts";
import { figures } from "./helpers.ts";

const rows = (figure: keyof Figures, values: Readonly<Record<string, readonly number[]>>) =>
  Object.entries(values).map(([contender, runs]) => ({
    contender,
    runs: runs.map((run) => figures({ [figure]: run })),
  }));

const lines = (results: Results): string[] =>
  verdicts(results)
    .filter(({ reached }) => reached !== undefined)
    .map(verdictLine);

describe("verdicts", () => {
  it("says of each aim whether the mean of the runs reaches it, with the figures", () => {
    const short = {
      ours: [13_000, 11_000],
      dispatch: [15_000, 15_000],
      envoy: [12_500, 12_500],
      "vllm-router": [9000],
    };
    expect(lines(new Map([["short-64", rows("requestsPerSecond", short)]]))).toEqual([
      "yes  short calls: requests/s at least 0.8 of raw dispatch: ours 12.0k, dispatch 15.0k (×0.80)",
      "no   short calls: requests/s ahead of Envoy: ours 12.0k, envoy 12.5k (×0.96)",
      "yes  short calls: requests/s ahead of vllm-router: ours 12.0k, vllm-router 9000 (×1.33)",
    ]);
  });

  it("takes lower delays and CPU times for better", () => {
    const cpu = rows("cpuSecondsPerMillionChunks", { ours: [24.1], pipe: [24] });
    const delay = rows("firstChunkP50Ms", { ours: [6], pipe: [12, 14] });
    expect(lines(new Map([["streams-64", cpu]]))).toEqual([
      "no   64 streams: CPU per chunk at most the plain pipe's: ours 24.1, pipe 24.0 (×1.00)",
    ]);
    expect(lines(new Map([["streams-256", delay]]))).toEqual([
      "yes  256 streams: first chunk p50 at most half of the plain pipe's: ours 6.00, pipe 13.0 (×0.46)",
    ]);
  });

  it("needs no rival for an absolute limit", () => {
    const late = rows("firstChunkP99Ms", { ours: [2.4, 2.8] });
    expect(lines(new Map([["streams-64", late]]))).toEqual([
      "no   64 streams: first chunk p99 below 2.5 ms: ours 2.60",
    ]);
  });

  it("says when others disturbed the runs it rests on, and only then", () => {
    const run = (contender: string, cpuSecondsPerMillionChunks: number, otherCores: number) => ({
      contender,
      runs: [figures({ cpuSecondsPerMillionChunks, otherCores })],
    });
    const calm = [run("ours", 20, 0.1), run("pipe", 24, 0.2), run("envoy", 17, 1)];
    const line = "yes  64 streams: CPU per chunk at most the plain pipe's: ours 20.0, pipe 24.0 (×0.83)";
    expect(lines(new Map([["streams-64", calm]]))).toEqual([line]);
    const disturbed = [run("ours", 20, 0.1), run("pipe", 24, 0.3)];
    expect(lines(new Map([["streams-64", disturbed]]))).toEqual([`${line}, disturbed`]);
  });

  it("judges nothing that was not measured", () => {
    const judged = verdicts(new Map([["short-64", rows("requestsPerSecond", { ours: [1] })]]));
    expect(judged).toHaveLength(7);
    expect(new Set(judged.map(({ figures: found }) => found))).toEqual(new Set(["not measured"]));
  });
});
