import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What a command printed and how it ended. */
export interface Outcome {
  readonly code: number;
  /** What went to stdout alone: what may be parsed. */
  readonly stdout: string;
  /** Stdout and stderr, in the order in which they came. */
  readonly output: string;
}

/** Copies the checkout, so that tests can change stack files, and gives the copy's folder. */
export function copyProject(): string {
  const folder = mkdtempSync(join(tmpdir(), "vllm-istio-canary-"));
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: root });
  const files = listed.toString().trim().split("\n");
  // Git also lists what was deleted and is not committed yet.
  for (const file of files.filter((name) => existsSync(join(root, name)))) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(root, file), join(folder, file));
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return folder;
}

/** Removes a copy. */
export function removeProject(folder: string): void {
  rmSync(folder, { recursive: true });
}

/** Runs a program to its end, whatever its exit code. */
export function run(
  program: string,
  args: readonly string[],
  options: { cwd: string; env?: Record<string, string>; show?: boolean },
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const out: Buffer[] = [];
    const all: Buffer[] = [];
    const take = (chunk: Buffer) => {
      all.push(chunk);
      if (options.show === true) process.stderr.write(chunk);
    };
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code: code ?? 1, stdout: Buffer.concat(out).toString(), output: Buffer.concat(all).toString() });
    });
  });
}
