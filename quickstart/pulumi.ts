import { spawn } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { projectFolder } from "../sandbox/folders.ts";

/** The stack that the quick start works on; its settings are in Pulumi.dev.yaml. */
export const stackName = "dev";

/** Pulumi's CLI in a given environment, on the project. */
export class Pulumi {
  readonly #environment: NodeJS.ProcessEnv;

  /** @param environment what `pulumi` runs with; decides its backend and kubeconfig */
  constructor(environment: NodeJS.ProcessEnv) {
    this.#environment = environment;
  }

  /**
   * Runs `pulumi` and gives what it printed on stdout.
   *
   * @throws Error with what it printed on stderr when it fails
   */
  capture(...args: readonly string[]): Promise<string> {
    return this.#run(["--non-interactive", ...args], "pipe");
  }

  /**
   * Runs `pulumi` with its output on this terminal.
   *
   * @throws Error when it fails; it has said why by then
   */
  async show(...args: readonly string[]): Promise<void> {
    await this.#run(process.stdout.isTTY ? args : [...args, "--non-interactive", "--suppress-progress"], "inherit");
  }

  #run(args: readonly string[], output: "pipe" | "inherit"): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = spawn("pulumi", args, {
        cwd: projectFolder,
        env: this.#environment,
        stdio: ["ignore", output, output],
      });
      const out: Buffer[] = [];
      const err: Buffer[] = [];
      child.stdout?.on("data", (chunk: Buffer) => out.push(chunk));
      child.stderr?.on("data", (chunk: Buffer) => err.push(chunk));
      child.on("error", (error) => {
        reject(new Error(`pulumi: ${error.message}; install it: https://www.pulumi.com/docs/install`));
      });
      child.on("close", (code) => {
        const said = Buffer.concat(err).toString().trim();
        if (code === 0) resolve(Buffer.concat(out).toString());
        else reject(new Error(`pulumi ${args.join(" ")} failed${said === "" ? "" : `:\n${said}`}`));
      });
    });
  }
}

/** Removes locks of a file backend whose owner no longer runs: what a killed `pulumi up` leaves behind. */
export function removeStaleLocks(backendFolder: string): void {
  const locks = join(backendFolder, ".pulumi/locks");
  let entries: readonly string[];
  try {
    entries = readdirSync(locks, { recursive: true, encoding: "utf8" });
  } catch {
    return;
  }
  for (const entry of entries.filter((name) => name.endsWith(".json"))) {
    const { pid } = JSON.parse(readFileSync(join(locks, entry), "utf8")) as { pid: number };
    if (!isAlive(pid)) rmSync(join(locks, entry));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
