import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { ServerWritableStream } from "@grpc/grpc-js";
import messages from "@pulumi/pulumi/proto/language_pb.js";
import type * as pb from "@pulumi/pulumi/proto/language_pb.js";
import { toServiceError, UnimplementedError } from "../rpc/initialization-error.ts";

type PluginCall = ServerWritableStream<pb.RunPluginRequest, pb.RunPluginResponse>;

/**
 * Runs a policy pack to its end with the runner of its own @pulumi/pulumi, as the official language host does, and
 * streams what it prints. The engine ends the pack by ending the call.
 */
export function runPolicyPack(call: PluginCall): void {
  const request = call.request;
  const directory = request.getInfo()?.getProgramDirectory() ?? request.getProgram();
  try {
    if (request.getKind() !== "analyzer") {
      throw new UnimplementedError(
        `this stand-in for pulumi-language-nodejs cannot run a plugin of kind ${request.getKind()}`,
      );
    }
    const runner = createRequire(join(directory, "package.json")).resolve("@pulumi/pulumi/cmd/run-policy-pack");
    stream(call, [runner, ...request.getArgsList(), directory], directory);
  } catch (error) {
    call.destroy(toServiceError(error));
  }
}

function stream(call: PluginCall, command: readonly string[], directory: string): void {
  const env = environmentOf(call.request.getEnvList());
  const pack = spawn(process.execPath, command, { cwd: directory, env, stdio: ["ignore", "pipe", "pipe"] });
  pack.stdout.on("data", (chunk: Buffer) => call.write(new messages.RunPluginResponse().setStdout(chunk)));
  pack.stderr.on("data", (chunk: Buffer) => call.write(new messages.RunPluginResponse().setStderr(chunk)));
  pack.on("error", (error) => call.destroy(toServiceError(error)));
  pack.on("close", (code) => {
    call.write(new messages.RunPluginResponse().setExitcode(code ?? 1));
    call.end();
  });
  call.on("cancelled", () => pack.kill());
}

function environmentOf(lines: readonly string[]): Record<string, string> {
  const pairs = lines.map((line) => {
    const end = line.indexOf("=");
    return [line.slice(0, end), line.slice(end + 1)] as const;
  });
  return Object.fromEntries(pairs);
}
