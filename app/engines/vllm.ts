import type { Engine } from "./engine.ts";
import { createNvidiaSmi } from "./nvidia-smi.ts";

/** The real engine: vLLM in a container of its own, which listens at `origin`, `http://host:port`. */
export function createVllmEngine(origin: string): Engine {
  return { name: "vllm", origin, gpuUtilization: createNvidiaSmi(), stop: () => Promise.resolve() };
}
