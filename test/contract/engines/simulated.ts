import { startSimulatedEngine } from "../../../app/engines/simulated/simulated-engine.ts";
import { DEFAULT_SIMULATED_ENGINE } from "../../../app/engines/simulated/settings.ts";
import { VERSION } from "../service.ts";
import { SIMULATED_MODEL, TOKEN_MS, type ContractEngine } from "./engine.ts";

/** Our simulated engine, in this process, on the loopback interface. */
export const simulated: ContractEngine = {
  name: "simulated",
  isSimulator: true,
  async start(limits) {
    const engine = await startSimulatedEngine({
      ...DEFAULT_SIMULATED_ENGINE,
      version: VERSION,
      model: SIMULATED_MODEL,
      timeToFirstTokenMs: TOKEN_MS,
      interTokenLatencyMs: TOKEN_MS,
      slowdownUnderLoad: 1,
      ...(limits && { maxNumSeqs: limits.running, maxQueuedRequests: limits.running + limits.waiting }),
    });
    return { name: "simulated", origin: engine.origin, model: SIMULATED_MODEL, stop: () => engine.stop() };
  },
};
