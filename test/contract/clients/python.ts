import { join } from "node:path";
import { inject } from "vitest";
import { command } from "../../../sandbox/command.ts";
import type { Client, Observation } from "./observation.ts";

const program = join(import.meta.dirname, "../python/client.py");

/** The official Python client: one process a run. */
export const python: Client = {
  name: "python",
  async run<Name extends string>(origin: string, model: string, scenarios: Readonly<Record<Name, unknown>>) {
    const task = JSON.stringify({ origin, model, scenarios });
    // A host's own proxy settings must not lead the client away from the loopback interface.
    const printed = await command(inject("python"), [program, task], { env: { NO_PROXY: "127.0.0.1" } });
    return JSON.parse(printed) as Readonly<Record<Name, Observation>>;
  },
};
