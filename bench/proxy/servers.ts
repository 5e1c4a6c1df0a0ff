import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { mortal } from "../../sandbox/command.ts";

/** A server that was started and answers. */
export interface RunningServer {
  readonly pid: number;
  readonly port: number;
  /** Asks it to end and waits until it has; after 5 seconds it is killed. */
  stop(): Promise<void>;
}

/** How a server is started. */
export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** All of its environment but PATH and HOME. */
  readonly environment?: Readonly<Record<string, string>>;
}

const running = new Set<ChildProcess>();

function signal(child: ChildProcess, name: "SIGTERM" | "SIGKILL"): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  // It leads a process group, so that what it started ends with it.
  process.kill(-child.pid, name);
}

/** Makes every server end with this process: at its end, at Ctrl-C, after a fault. To be called once. */
export function stopServersAtExit(): void {
  process.on("exit", () => {
    for (const child of running) signal(child, "SIGKILL");
  });
  process.on("SIGINT", () => process.exit(130));
  process.on("SIGTERM", () => process.exit(143));
}

/** Stops every server that still runs, and waits until all have ended. */
export async function stopServers(): Promise<void> {
  await Promise.all([...running].map(end));
}

/**
 * Starts a server and waits until it answers a short completion, at most 90 seconds.
 *
 * @param key bearer token for that call
 * @param log file for all that it prints
 * @throws Error with the last lines of the log when it ends or does not answer
 */
export async function startServer(
  { program, args, environment }: ServerCommand,
  port: number,
  key: string,
  log: string,
): Promise<RunningServer> {
  const { PATH, HOME } = process.env;
  const output = openSync(log, "w");
  const [file, words] = mortal(program, args);
  const env = { PATH, HOME, ...environment };
  const child = spawn(file, words, { env, stdio: ["ignore", output, output], detached: true });
  closeSync(output);
  running.add(child);
  child.on("error", () => running.delete(child));
  child.on("exit", () => running.delete(child));
  const deadline = Date.now() + 90_000;
  while (!(await answers(port, key))) {
    if (!running.has(child) || Date.now() > deadline) {
      signal(child, "SIGKILL");
      const lines = (await readFile(log, "utf8")).trimEnd().split("\n").slice(-10);
      throw new Error(`${program} ${args.join(" ")} did not start:\n${lines.join("\n")}`);
    }
    await delay(100);
  }
  return {
    pid: child.pid ?? 0,
    port,
    async stop() {
      await end(child);
    },
  };
}

async function answers(port: number, key: string): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/v1/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: "m", prompt: "Are you there?", max_tokens: 1 }),
      signal: AbortSignal.timeout(5000),
    });
    return response.ok && (await response.text()).includes('"text"');
  } catch {
    return false;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (!running.has(child)) return;
  const ended = once(child, "exit");
  signal(child, "SIGTERM");
  const timer = setTimeout(() => {
    signal(child, "SIGKILL");
  }, 5000);
  await ended;
  clearTimeout(timer);
}
