import { Server, ServerCredentials } from "@grpc/grpc-js";
import type { handleUnaryCall, ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";
import { toServiceError } from "./initialization-error.ts";

/** The largest message in bytes, as large as Pulumi's own limit. */
const MOST_BYTES = 400 * 1024 * 1024;
const PARENT_CHECK_MS = 2000;

/** Turns an async function into a gRPC handler; what it throws reaches the engine as an error. */
export function unary<Request, Response>(
  answer: (request: Request) => Promise<Response> | Response,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    void Promise.resolve(call.request)
      .then(answer)
      .then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          callback(toServiceError(error));
        },
      );
  };
}

/**
 * Serves a plugin on a free loopback port and prints the port to stdout, the way the engine expects it.
 * Resolves once the port is printed. An interrupt, a termination signal
 * or the end of the engine ends the process after `onExit`.
 */
export async function servePlugin(
  service: ServiceDefinition,
  implementation: UntypedServiceImplementation,
  onExit: () => void,
): Promise<void> {
  const server = new Server({
    "grpc.max_receive_message_length": MOST_BYTES,
    "grpc.max_send_message_length": MOST_BYTES,
  });
  server.addService(service, implementation);
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error) reject(error);
    else resolve(port);
  });
  console.log(await promise);
  const exit = (): void => {
    onExit();
    server.forceShutdown();
    process.exit(0);
  };
  process.once("SIGINT", exit).once("SIGTERM", exit);
  exitWithParent(exit);
}

/** An engine that was killed cannot end its plugins: they must notice by themselves. */
function exitWithParent(exit: () => void): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) exit();
  }, PARENT_CHECK_MS).unref();
}

/** The address of the engine among a plugin's command line arguments, or undefined; options such as `-v=9` are skipped. */
export function engineAddressOf(commandLine: readonly string[]): string | undefined {
  return commandLine.find((argument) => /^[\w.[\]:-]+:\d+$/.test(argument) && !argument.startsWith("-"));
}
