import { inject } from "vitest";
import type { ContractEngine } from "./engine.ts";
import { llmdSimulator } from "./llm-d-simulator.ts";
import { simulated } from "./simulated.ts";
import { vllm } from "./vllm.ts";

/** The engines that need nothing but this machine. */
export const SIMULATORS: readonly ContractEngine[] = [simulated, llmdSimulator];

/** All engines of this run: a real vLLM only where `VLLM_URL` names one. */
export const ENGINES: readonly ContractEngine[] = inject("vllmUrl") === "" ? SIMULATORS : [...SIMULATORS, vllm];
