import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { figuresOf, mean, percentile, type Measurement } from "../../../bench/proxy/figures.ts";
import { figures } from "./helpers.ts";

const streams: Measurement = {
  windowUs: 5_000_000,
  requests: 320,
  chunks: 64_500,
  reads: 43_000,
  firstChunkUs: [1200, 900, 4000, 1000],
  wholeUs: [996_000, 998_000, 997_000],
  failed: 0,
  cut: 2,
  faults: null,
  proxyCpuUs: 1_290_000,
  engineCpuUs: 1_000_000,
  clientCpuUs: 1_500_000,
  othersCpuUs: 250_000,
  residentBytes: 80_000_000,
};

describe("percentile", () => {
  it("is the least value that the share of all values does not exceed", () => {
    const values = Array.from({ length: 200 }, (_, index) => 200 - index);
    expect([0, 0.5, 0.99, 0.995, 1].map((share) => percentile(values, share))).toEqual([1, 100, 198, 199, 200]);
  });

  it("is undefined of no values", () => {
    expect(percentile([], 0.5)).toBeUndefined();
  });

  it("always leaves the share of values at or below it, and less than that below it", () => {
    const values = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1 });
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 100 }), (given, percent) => {
        const found = percentile(given, percent / 100) ?? Number.NaN;
        const needed = Math.ceil(given.length * (percent / 100));
        expect(given.filter((value) => value <= found).length).toBeGreaterThanOrEqual(needed);
        expect(given.filter((value) => value < found).length).toBeLessThan(needed);
      }),
    );
  });
});

describe("figuresOf", () => {
  it("gives rates, delays and CPU for each chunk and call", () => {
    expect(figuresOf(streams)).toEqual({
      firstChunkP50Ms: 1,
      firstChunkP99Ms: 4,
      chunksPerSecond: 12_900,
      wholeP50Ms: 997,
      wholeP99Ms: 998,
      chunksPerRead: 1.5,
      cpuSecondsPerMillionChunks: 20,
      requestsPerSecond: 64,
      cpuMsPerRequest: 4.03125,
      proxyCores: 0.258,
      loadCores: 0.5,
      otherCores: 0.05,
      residentMegabytes: 80,
      failed: 0,
      cut: 2,
    });
  });

  it("has no figures of a proxy for the direct way, and none of chunks for short calls", () => {
    const short = { ...streams, chunks: 0, reads: 0, firstChunkUs: null, proxyCpuUs: 0, residentBytes: 0 };
    expect(figuresOf(short)).toMatchObject({
      firstChunkP50Ms: undefined,
      chunksPerRead: undefined,
      cpuSecondsPerMillionChunks: undefined,
      cpuMsPerRequest: undefined,
      proxyCores: undefined,
      residentMegabytes: undefined,
    });
  });
});

describe("mean", () => {
  it("is the mean of the runs", () => {
    expect(mean([figures({ requestsPerSecond: 10 }), figures({ requestsPerSecond: 15 })], "requestsPerSecond")).toBe(
      12.5,
    );
  });

  it("is undefined when a run lacks the figure, or there is none", () => {
    expect(mean([figures({ firstChunkP50Ms: 1 }), figures({})], "firstChunkP50Ms")).toBeUndefined();
    expect(mean([], "firstChunkP50Ms")).toBeUndefined();
  });
});
