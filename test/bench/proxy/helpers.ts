import type { Figures } from "../../../bench/proxy/figures.ts";

/** The figures of a run in which nothing was measured, but for those given. */
export const figures = (given: Partial<Figures>): Figures => ({
  firstChunkP50Ms: undefined,
  firstChunkP99Ms: undefined,
  chunksPerSecond: 0,
  wholeP50Ms: undefined,
  wholeP99Ms: undefined,
  chunksPerRead: undefined,
  cpuSecondsPerMillionChunks: undefined,
  requestsPerSecond: 0,
  cpuMsPerRequest: undefined,
  proxyCores: undefined,
  loadCores: 0,
  otherCores: 0,
  residentMegabytes: undefined,
  failed: 0,
  cut: 0,
  ...given,
});
