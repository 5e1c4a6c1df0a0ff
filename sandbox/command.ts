import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** How a command is run. */
export interface CommandOptions {
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** When to kill it. */
  readonly timeLimitMs?: number;
  /** What becomes of it when this process is killed; with its children only root can. Default: it dies. */
  readonly whenKilled?: "dies" | "dies with its children" | "goes on";
}

const shownLines = 15;
const setpriv = "/usr/bin/setpriv";
const ownProcesses = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child=KILL"];

/**
 * The program and arguments that run a program which the kernel kills when this process ends, however that happens;
 * where setpriv is missing, the program itself.
 *
 * @param withChildren kills all it started too: it runs in a process namespace of its own
 */
export function mortal(program: string, args: readonly string[], withChildren = false): [string, string[]] {
  if (!existsSync(setpriv)) return [program, [...args]];
  return [setpriv, ["--pdeathsig", "KILL", ...(withChildren ? ownProcesses : []), program, ...args]];
}

function start(program: string, args: readonly string[], options: CommandOptions) {
  const { cwd, env, timeLimitMs, whenKilled = "dies" } = options;
  const [file, words] =
    whenKilled === "goes on" ? [program, args] : mortal(program, args, whenKilled === "dies with its children");
  return spawn(file, words, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: timeLimitMs,
    killSignal: "SIGKILL",
  });
}

function ending({ exitCode, signalCode, killed }: ChildProcess, { timeLimitMs = 0 }: CommandOptions): string {
  return killed ? `was killed after ${timeLimitMs / 1000} seconds` : `ended with ${signalCode ?? String(exitCode)}`;
}

/**
 * Runs a program to its end, without a shell, and gives what it printed on stdout.
 *
 * @throws Error with the command and the last lines of its stderr when it cannot start, ends with another code than 0,
 *   or takes too long
 */
export function command(program: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = start(program, args, options);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.on("error", (error) => {
      reject(new Error(`${program}: ${error.message}`));
    });
    child.on("close", (code) => {
      if (code === 0) {
        resolve(Buffer.concat(out).toString());
        return;
      }
      const text = Buffer.concat([...out, ...err]).toString();
      const lines = text.trimEnd().split("\n").slice(-shownLines);
      reject(new Error(`${[program, ...args].join(" ")} ${ending(child, options)}:\n${lines.join("\n")}`));
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
