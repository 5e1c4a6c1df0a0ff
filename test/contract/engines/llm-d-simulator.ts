import { inject } from "vitest";
import { freePort } from "../../../sandbox/free-port.ts";
import { answering, ready, startProcess } from "../process.ts";
import { SIMULATED_MODEL, TOKEN_MS, type ContractEngine, type EngineLimits, type RunningEngine } from "./engine.ts";

const AMPLE: EngineLimits = { running: 16, waiting: 100 };

/** llm-d-inference-sim, compiled by the setup, as a process. It listens on every interface: it has no setting for that. */
export const llmdSimulator: ContractEngine = {
  name: "llm-d-inference-sim",
  isSimulator: true,
  async start({ running, waiting } = AMPLE): Promise<RunningEngine> {
    const port = await freePort();
    const settings = {
      port,
      model: SIMULATED_MODEL,
      seed: 1,
      "max-model-len": 4096,
      "max-num-seqs": running,
      "max-waiting-queue-length": waiting,
      "max-loras": 2,
      "time-to-first-token": `${TOKEN_MS}ms`,
      "inter-token-latency": `${TOKEN_MS}ms`,
    };
    const flags = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
    // A model name with a slash would be looked up for its tokenizer. The KV cache stays off: it fails for n of 2.
    const simulator = startProcess(inject("llmdSimulator"), [...flags, "--force-dummy-tokenizer"]);
    simulator.stdout.resume();
    const origin = `http://127.0.0.1:${port}`;
    await ready(simulator, answering(`${origin}/health`));
    return { name: "llm-d-inference-sim", origin, model: SIMULATED_MODEL, stop: () => simulator.stop() };
  },
};
