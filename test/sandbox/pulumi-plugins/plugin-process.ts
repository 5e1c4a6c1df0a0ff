import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { ServiceError } from "@grpc/grpc-js";
import { STAND_IN_DIRECTORY } from "../../../sandbox/pulumi-plugins/install.ts";

/** A plugin started through its launcher, as the engine does it. */
export interface RunningPlugin {
  readonly address: string;
  /** What the plugin and its children have printed since it reported its port. */
  readonly output: () => string;
  /** Interrupts the plugin and resolves with its exit code. */
  readonly stop: () => Promise<number | null>;
}

/** Starts one of the launchers and waits for its port. */
export async function startPlugin(executable: string, environment: NodeJS.ProcessEnv = {}): Promise<RunningPlugin> {
  const env = { ...process.env, ...environment };
  const child: ChildProcess = spawn(join(STAND_IN_DIRECTORY, executable), [], { env, stdio: "pipe" });
  let printed = "";
  child.stderr?.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  child.once("exit", () => {
    reject(new Error(`the plugin ended early: ${printed}`));
  });
  child.stdout?.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
    const port = /^(\d+)\n/.exec(printed);
    if (port) resolve(port[1] ?? "");
  });
  const port = await promise;
  return {
    address: `127.0.0.1:${port}`,
    output: () => printed.replace(/^\d+\n/, ""),
    stop: async () => {
      const exited = once(child, "exit") as Promise<[number | null]>;
      child.kill("SIGINT");
      return (await exited)[0];
    },
  };
}

/** One unary gRPC call as a promise; `call` makes it with the callback it is given. */
export function ask<Response>(
  call: (done: (error: ServiceError | null, response: Response) => void) => unknown,
): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  call((error, response) => {
    if (error) reject(error);
    else resolve(response);
  });
  return promise;
}
