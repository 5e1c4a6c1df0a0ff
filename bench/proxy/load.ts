import { command } from "../../sandbox/command.ts";
import { freePort } from "../../sandbox/free-port.ts";
import type { Case } from "./cases.ts";
import type { Measurement } from "./figures.ts";
import { startServer, type RunningServer } from "./servers.ts";

/** Time before the window, in seconds. */
export const warmUpSeconds = 2;
/** Longest wait for open streams after the window, in seconds. */
const drainSeconds = 5;

/** The server that is measured and the ones around it. */
export interface Target {
  readonly port: number;
  /** Process id of the proxy, -1 for the direct way. */
  readonly proxyPid: number;
  readonly enginePid: number;
  /** Bearer token. */
  readonly key: string;
}

/** Starts the engine, a stand-in for vLLM that sends 200 chunks at 5 ms. */
export async function startEngine(load: string, log: string): Promise<RunningServer> {
  const port = await freePort();
  return startServer({ program: load, args: ["engine", "-port", String(port), "-delay", "5ms"] }, port, "", log);
}

/** Loads a server as a case says, and measures it for some seconds. */
export async function measure(program: string, target: Target, load: Case, seconds: number): Promise<Measurement> {
  const options = {
    url: `http://127.0.0.1:${target.port}/v1/completions`,
    key: target.key,
    connections: load.connections,
    stream: load.stream,
    spread: `${load.spreadMs}ms`,
    "warm-up": `${warmUpSeconds}s`,
    window: `${seconds}s`,
    drain: `${drainSeconds}s`,
    proxy: target.proxyPid,
    engine: target.enginePid,
  };
  const args = Object.entries(options).map(([name, value]) => `-${name}=${value}`);
  return JSON.parse(await command(program, ["client", ...args])) as Measurement;
}
