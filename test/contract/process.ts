import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { mortal } from "../../sandbox/command.ts";

/** A process that a test started and has to stop. */
export interface RunningProcess {
  readonly stdout: Readable;
  /** Rejects, with the last words of its stderr, when the process ends before it is stopped; never resolves. */
  readonly died: Promise<never>;
  /** Ends it with SIGTERM and waits; with SIGKILL when that takes longer than 5 s. */
  stop(): Promise<void>;
}

const PATIENCE_MS = 5000;
const LAST_WORDS = 2000;

/** Starts a process which ends with the tests, however they end. @param environment all it gets beside PATH */
export function startProcess(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): RunningProcess {
  const [file, words] = mortal(program, args);
  const env = { PATH: process.env["PATH"], ...environment };
  const child = spawn(file, words, { env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "exit");
  let lastWords = "";
  child.stderr.on("data", (chunk: Buffer) => {
    lastWords = (lastWords + chunk.toString()).slice(-LAST_WORDS);
  });
  const died = ended.then(() => {
    throw new Error(`${program} ended with ${child.signalCode ?? String(child.exitCode)}:\n${lastWords}`);
  });
  // It is of interest only while somebody waits for the process to be ready.
  died.catch(() => undefined);
  return { stdout: child.stdout, died, stop: () => stop(child, ended) };
}

async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const killing = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  await ended;
  clearTimeout(killing);
}

const POLL_MS = 25;

/**
 * Asks again and again until the answer is good.
 *
 * @param limitMs when to give up, in milliseconds
 * @throws Error with the last answer when it never is
 */
export async function until<T>(ask: () => Promise<T>, isGood: (answer: T) => boolean, limitMs = 20_000): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (isGood(answer)) return answer;
    if (performance.now() > deadline) throw new Error(`still ${JSON.stringify(answer)} after ${limitMs} ms`);
    await delay(POLL_MS);
  }
}

/**
 * Waits for what shows that a process is ready.
 *
 * @throws Error what `sign` rejects with, or how the process died; then the process has been stopped
 */
export async function ready<T>(process: RunningProcess, sign: Promise<T>): Promise<T> {
  try {
    return await Promise.race([sign, process.died]);
  } catch (error) {
    await process.stop();
    throw error;
  }
}

/** Waits until a GET of the URL gets status 200. @throws Error when it does not within 20 s */
export async function answering(url: string): Promise<void> {
  const ask = (): Promise<number> =>
    fetch(url).then(
      (response) => response.status,
      () => 0,
    );
  await until(ask, (status) => status === 200);
}
