import { spawn, type ChildProcess } from "node:child_process";
import { openSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { inside, type ProcessStatus } from "../names.ts";
import type { ProcessSpec } from "./processes.ts";

const restartDelayMs = 500;
const probeIntervalMs = 150;

/** Keeps one process running: starts it, waits until it serves, starts it again whenever it ends. */
export class ProcessKeeper {
  readonly #spec: ProcessSpec;
  readonly #changed: () => void;
  #child: ChildProcess | undefined;
  #restarts = 0;

  /** @param changed called after every start and end */
  constructor(spec: ProcessSpec, changed: () => void) {
    this.#spec = spec;
    this.#changed = changed;
  }

  /** Starts the process for the first time. */
  start(): void {
    const log = openSync(`${inside.state}/logs/${this.#spec.name}.log`, "a");
    const child = spawn(this.#spec.command, this.#spec.args, {
      stdio: ["ignore", log, log],
      env: { PATH: process.env["PATH"], HOME: "/root", ...this.#spec.env },
    });
    child.on("error", (error) => {
      console.error(`${this.#spec.name}: ${error.message}`);
    });
    child.on("close", (code, signal) => {
      console.error(`${this.#spec.name} ended (${signal ?? String(code)}); starting it again`);
      this.#child = undefined;
      this.#restarts += 1;
      this.#changed();
      setTimeout(() => {
        this.start();
      }, restartDelayMs);
    });
    this.#child = child;
    this.#changed();
  }

  /** Resolves once the process answers its probe. */
  async ready(): Promise<void> {
    for (;;) {
      try {
        await this.#spec.probe?.();
        return;
      } catch {
        await delay(probeIntervalMs);
      }
    }
  }

  /** What `npm run sandbox -- status` shows of it. */
  status(): ProcessStatus {
    const pid = this.#child?.pid;
    return { name: this.#spec.name, restarts: this.#restarts, ...(pid === undefined ? {} : { pid }) };
  }
}
