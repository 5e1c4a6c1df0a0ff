import { spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";

/** How a command is run. */
export interface CommandOptions {
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

const shownLines = 15;

/**
 * Runs a program to its end, without a shell, and gives what it printed on stdout.
 *
 * @throws Error with the command and the last lines of its stderr when it cannot start or ends with another code than 0
 */
export function command(program: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.on("error", (error) => {
      reject(new Error(`${program}: ${error.message}`));
    });
    child.on("close", (code, signal) => {
      if (code === 0) {
        resolve(Buffer.concat(out).toString());
        return;
      }
      const lines = Buffer.concat([...out, ...err])
        .toString()
        .trimEnd()
        .split("\n")
        .slice(-shownLines);
      reject(new Error(`${[program, ...args].join(" ")} ended with ${signal ?? String(code)}:\n${lines.join("\n")}`));
    });
  });
}

const pausesMs = [2_000, 10_000];

/** Tries what a passing network fault may break up to three times, with 2 and 10 seconds between. */
export async function retried<T>(attempt: () => Promise<T>): Promise<T> {
  for (const pause of pausesMs) {
    try {
      return await attempt();
    } catch {
      await delay(pause);
    }
  }
  return attempt();
}
