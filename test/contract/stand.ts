import type { ContractEngine, RunningEngine } from "./engines/engine.ts";
import { startService, type RunningService } from "./service.ts";
import { startTap, type Tap } from "./tap.ts";

/** The service before an engine, with a tap between the two. */
export interface Stand {
  readonly engine: RunningEngine;
  readonly tap: Tap;
  readonly service: RunningService;
  /** Stops all three. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts the engine, a tap and the service.
 *
 * @param limits for simulators only
 * @throws Error when one of them does not start; then none is left
 */
export async function startStand(
  contractEngine: ContractEngine,
  ...limits: Parameters<ContractEngine["start"]>
): Promise<Stand> {
  const started: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    for (const part of started.reverse()) await part.stop();
  };
  const keep = <T extends { stop(): Promise<void> }>(part: T): T => {
    started.push(part);
    return part;
  };
  try {
    const engine = keep(await contractEngine.start(...limits));
    const tap = keep(await startTap(engine.origin));
    const service = keep(await startService(engine.model, tap.origin));
    return { engine, tap, service, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
