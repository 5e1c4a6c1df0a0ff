import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { inside, type ProcessStatus } from "../names.ts";
import type { ProcessSpec } from "./processes.ts";

const shortestDelayMs = 500;
const longestDelayMs = 10_000;
const steadyMs = 10_000;
const probeIntervalMs = 150;

/** Keeps one process running: starts it, waits until it serves, starts it again whenever it ends. */
export class ProcessKeeper {
  readonly #spec: ProcessSpec;
  readonly #changed: () => void;
  #child: ChildProcess | undefined;
  #restarts = 0;
  #delayMs = shortestDelayMs;

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
    closeSync(log);
    const begin = performance.now();
    child.on("error", (error) => {
      console.error(`${this.#spec.name}: ${error.message}`);
    });
    child.on("close", (code, signal) => {
      console.error(`${this.#spec.name} ended (${signal ?? String(code)}); starting it again`);
      this.#child = undefined;
      this.#restarts += 1;
      this.#changed();
      // One that had run for a while is started again at once; one that ends again and again must not fill the log.
      this.#delayMs =
        performance.now() - begin > steadyMs ? shortestDelayMs : Math.min(this.#delayMs * 2, longestDelayMs);
      setTimeout(() => {
        this.start();
      }, this.#delayMs);
    });
    this.#child = child;
    this.#changed();
  }

  /** Resolves once the process answers its probe. */
  async ready(): Promise<void> {
    let shown = "";
    for (;;) {
      try {
        await this.#spec.probe?.();
        return;
      } catch (error) {
        const reason = String(error);
        if (reason !== shown) console.error(`${this.#spec.name} does not serve yet: ${(shown = reason)}`);
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
