import type { TestProject } from "vitest/node";
import { terminalProgress } from "../../sandbox/progress.ts";
import { buildLlmdSimulator } from "./build/llm-d-simulator.ts";
import { buildPythonClient } from "./build/python-client.ts";

declare module "vitest" {
  // The way vitest is told what a global setup provides.
  export interface ProvidedContext {
    /** Path of the program llm-d-inference-sim. */
    llmdSimulator: string;
    /** Path of a Python that has the official OpenAI client. */
    python: string;
    /** `VLLM_URL`: where a real vLLM listens, without a path; empty when it is not to be tested. */
    vllmUrl: string;
  }
}

/** Prepares, once for all files, the programs that the contract tests run. */
export default async function setup(project: TestProject): Promise<void> {
  const progress = terminalProgress();
  project.provide("llmdSimulator", await buildLlmdSimulator(progress));
  project.provide("python", await buildPythonClient(progress));
  project.provide("vllmUrl", process.env["VLLM_URL"] ?? "");
}
