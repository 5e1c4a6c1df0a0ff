/** What the load client prints: raw counts of the window, times in microseconds. */
export interface Measurement {
  /** Length of the window. */
  readonly windowUs: number;
  /** Calls that ended well in the window. */
  readonly requests: number;
  /** Server-sent events that arrived in the window, `[DONE]` included. */
  readonly chunks: number;
  /** Reads that brought them. */
  readonly reads: number;
  /** From sending a request to its first complete event. */
  readonly firstChunkUs: readonly number[] | null;
  /** From sending a request to the end of its answer. */
  readonly wholeUs: readonly number[] | null;
  /** Calls that failed, warm-up included. */
  readonly failed: number;
  /** Streams still open some seconds after the window, which were then cut off. */
  readonly cut: number;
  /** The first few failures. */
  readonly faults: readonly string[] | null;
  /** CPU time of the proxy's process tree in the window; 0 without a proxy. */
  readonly proxyCpuUs: number;
  readonly engineCpuUs: number;
  readonly clientCpuUs: number;
  /** CPU time of everything else on the machine, and what its host kept from it. */
  readonly othersCpuUs: number;
  /** Memory of the proxy's process tree at the window's end; 0 without a proxy. */
  readonly residentBytes: number;
}

/** The figures of one run of one contender. Undefined is what could not be measured. */
export interface Figures {
  readonly firstChunkP50Ms: number | undefined;
  readonly firstChunkP99Ms: number | undefined;
  readonly chunksPerSecond: number;
  readonly wholeP50Ms: number | undefined;
  readonly wholeP99Ms: number | undefined;
  /** How many events one read of the client brings: more than 1 says that chunks wait for each other. */
  readonly chunksPerRead: number | undefined;
  readonly cpuSecondsPerMillionChunks: number | undefined;
  readonly requestsPerSecond: number;
  readonly cpuMsPerRequest: number | undefined;
  readonly proxyCores: number | undefined;
  /** CPU of the engine and the client: with the proxy's near the number of cores, the machine was the limit. */
  readonly loadCores: number;
  /** CPU that went elsewhere: much more than 0.1 says that others disturbed the run. */
  readonly otherCores: number;
  readonly residentMegabytes: number | undefined;
  readonly failed: number;
  readonly cut: number;
}

/** The least of the values that at least this share (0 to 1) of them does not exceed; undefined of none. */
export function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}

const quotient = (dividend: number, divisor: number): number | undefined =>
  dividend > 0 && divisor > 0 ? dividend / divisor : undefined;

/** The figures of a run of the load client. */
export function figuresOf(run: Measurement): Figures {
  const milliseconds = (values: readonly number[] | null, share: number): number | undefined => {
    const found = percentile(values ?? [], share);
    return found === undefined ? undefined : found / 1000;
  };
  const perMicrosecond = (value: number): number => value / run.windowUs;
  const perRequest = quotient(run.proxyCpuUs, run.requests);
  return {
    firstChunkP50Ms: milliseconds(run.firstChunkUs, 0.5),
    firstChunkP99Ms: milliseconds(run.firstChunkUs, 0.99),
    chunksPerSecond: perMicrosecond(run.chunks) * 1e6,
    wholeP50Ms: milliseconds(run.wholeUs, 0.5),
    wholeP99Ms: milliseconds(run.wholeUs, 0.99),
    chunksPerRead: quotient(run.chunks, run.reads),
    // Microseconds for one are seconds for a million.
    cpuSecondsPerMillionChunks: quotient(run.proxyCpuUs, run.chunks),
    requestsPerSecond: perMicrosecond(run.requests) * 1e6,
    cpuMsPerRequest: perRequest === undefined ? undefined : perRequest / 1000,
    proxyCores: quotient(run.proxyCpuUs, run.windowUs),
    loadCores: perMicrosecond(run.engineCpuUs + run.clientCpuUs),
    otherCores: perMicrosecond(run.othersCpuUs),
    residentMegabytes: run.residentBytes > 0 ? run.residentBytes / 1e6 : undefined,
    failed: run.failed,
    cut: run.cut,
  };
}

/** The mean of a figure over runs; undefined if a run lacks it, or there is no run. */
export function mean(runs: readonly Figures[], figure: keyof Figures): number | undefined {
  const values = runs.map((run) => run[figure]).filter((value) => value !== undefined);
  if (values.length < runs.length || values.length === 0) return undefined;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
