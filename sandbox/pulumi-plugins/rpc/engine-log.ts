import { credentials } from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/engine_pb.js";

type Severity = "info" | "warning";

const SEVERITIES = { info: messages.LogSeverity.INFO, warning: messages.LogSeverity.WARNING } as const;

/** Tells the user of Pulumi something, through the engine that started this plugin. */
export class EngineLog {
  readonly #client: InstanceType<typeof services.EngineClient> | undefined;

  /** @param address `host:port` of the engine; without it nothing is told. */
  constructor(address: string | undefined) {
    if (address) this.#client = new services.EngineClient(address, credentials.createInsecure());
  }

  /** Shows a message next to the resource until the next one replaces it. */
  status(urn: string, message: string): void {
    this.#send("info", urn, message, true);
  }

  /** Adds a warning to the output. */
  warn(urn: string, message: string): void {
    this.#send("warning", urn, message, false);
  }

  #send(severity: Severity, urn: string, message: string, isPassing: boolean): void {
    if (this.#client === undefined) return;
    const request = new messages.LogRequest();
    request.setSeverity(SEVERITIES[severity]).setUrn(urn).setMessage(message).setEphemeral(isPassing);
    // A message that does not arrive must not stop the operation it is about.
    this.#client.log(request, () => undefined);
  }
}

/** A reporter of passing messages about one resource that sends each message once in a row. */
export function progressReporter(log: EngineLog, urn: string): (message: string) => void {
  let last = "";
  return (message) => {
    if (message !== last) log.status(urn, message);
    last = message;
  };
}
