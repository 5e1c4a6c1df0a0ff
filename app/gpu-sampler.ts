import type { Engine } from "./engines/engine.ts";

/** A running sampler. */
export interface GpuSampler {
  /** Ends it: nothing is observed from now on. */
  stop(): void;
}

/** Time between two samples, in milliseconds. */
export const GPU_SAMPLE_INTERVAL_MS = 5000;

/**
 * Asks the engine every 5 s how busy its GPUs are, and reports each of them, 0 to 1. A sample that takes longer than that
 * delays the next one. Does not keep the process alive.
 */
export function startGpuSampler(
  engine: Pick<Engine, "gpuUtilization">,
  observe: (utilization: number) => void,
): GpuSampler {
  let sampling = false;
  let stopped = false;
  const sample = async (): Promise<void> => {
    if (sampling) return;
    sampling = true;
    const utilizations = await engine.gpuUtilization();
    sampling = false;
    if (!stopped)
      utilizations.forEach((utilization) => {
        observe(utilization);
      });
  };
  const timer = setInterval(() => void sample(), GPU_SAMPLE_INTERVAL_MS).unref();
  return {
    stop() {
      stopped = true;
      clearInterval(timer);
    },
  };
}
