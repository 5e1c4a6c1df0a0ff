import { Metadata, status } from "@grpc/grpc-js";
import type { ServiceError } from "@grpc/grpc-js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import statuses from "@pulumi/pulumi/proto/status_pb.js";
import anyMessages from "google-protobuf/google/protobuf/any_pb.js";
import { toStruct } from "./property-values.ts";
import type { PropertyMap } from "./property-values.ts";

/** A resource was created or updated, but did not become ready: the engine must keep its state and report the error. */
export class InitializationError extends Error {
  readonly id: string;
  readonly outputs: PropertyMap;

  constructor(message: string, id: string, outputs: PropertyMap) {
    super(message);
    this.name = "InitializationError";
    this.id = id;
    this.outputs = outputs;
  }
}

/** The gRPC form of any error. `InitializationError` carries the state along, as the engine expects it. */
export function toServiceError(error: unknown): ServiceError {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof UnimplementedError ? status.UNIMPLEMENTED : status.UNKNOWN;
  const metadata = new Metadata();
  if (error instanceof InitializationError) metadata.set("grpc-status-details-bin", details(error));
  return Object.assign(new Error(message), { code, details: message, metadata });
}

/** A request that this plugin does not serve. */
export class UnimplementedError extends Error {}

function details(error: InitializationError): Buffer {
  const failure = new messages.ErrorResourceInitFailed();
  failure.setId(error.id).setReasonsList([error.message]).setProperties(toStruct(error.outputs));
  const packed = new anyMessages.Any();
  packed.pack(failure.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const answer = new statuses.Status();
  answer.setCode(status.UNKNOWN).setMessage(error.message).addDetails(packed);
  return Buffer.from(answer.serializeBinary());
}
