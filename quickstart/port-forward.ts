import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const deadlineMs = 30_000;

/** A running port-forward. */
export interface PortForward {
  /** `http://127.0.0.1:port` of this machine. */
  readonly url: string;
  readonly stop: () => void;
}

/**
 * Runs the stack's own port-forward command, on a port that is free, until it is stopped.
 *
 * @param line the command as the stack exports it, which ends with `<local port>:<remote port>`
 * @param environment decides which kubectl and kubeconfig
 * @throws Error with what kubectl said when it ends before it forwards, or says nothing for 30 seconds
 */
export function portForward(line: string, environment: NodeJS.ProcessEnv): Promise<PortForward> {
  const anyPort = line.replace(/ \d+:(\d+)$/, " :$1");
  // The exported line is quoted for a shell.
  const child = spawn("sh", ["-c", `exec ${anyPort}`], { stdio: ["ignore", "pipe", "pipe"], env: environment });
  return new Promise((resolve, reject) => {
    const errors: Buffer[] = [];
    const deadline = setTimeout(() => child.kill(), deadlineMs);
    child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
    child.on("error", reject);
    child.on("close", () => {
      clearTimeout(deadline);
      reject(new Error(`${line} ended:\n${Buffer.concat(errors).toString().trim()}`));
    });
    createInterface(child.stdout).on("line", (text) => {
      const [, address] = /^Forwarding from (127\.0\.0\.1:\d+)/.exec(text) ?? [];
      if (address === undefined) return;
      clearTimeout(deadline);
      resolve({ url: `http://${address}`, stop: () => child.kill() });
    });
  });
}
