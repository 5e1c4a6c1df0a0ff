import messages from "@pulumi/pulumi/proto/provider_pb.js";
import type * as pb from "@pulumi/pulumi/proto/provider_pb.js";
import { formatPath } from "../kubernetes/changes.ts";
import type { PropertyChange } from "../kubernetes/changes.ts";
import type { NamingRequest } from "../kubernetes/naming.ts";
import type { CheckFailure, DiffResult, ResourceHandler } from "../kubernetes/resource-handler.ts";
import { logicalNameOf } from "../kubernetes/resource-type.ts";
import { asMap, fromStruct, toStruct } from "./property-values.ts";

const { Kind } = messages.PropertyDiff;
const KINDS = {
  add: { inPlace: Kind.ADD, replacing: Kind.ADD_REPLACE },
  delete: { inPlace: Kind.DELETE, replacing: Kind.DELETE_REPLACE },
  update: { inPlace: Kind.UPDATE, replacing: Kind.UPDATE_REPLACE },
};

/** The gRPC answer to a check: the inputs, or why they are refused. */
export function checkResponse(inputs: pb.CheckRequest, failures: readonly CheckFailure[]): pb.CheckResponse {
  const response = new messages.CheckResponse();
  response.setInputs(inputs.getNews());
  for (const { property, reason } of failures) {
    const failure = new messages.CheckFailure();
    response.addFailures(failure.setProperty(property).setReason(reason));
  }
  return response;
}

/** Checks the inputs of a resource. */
export async function check(handler: ResourceHandler, request: pb.CheckRequest): Promise<pb.CheckResponse> {
  const { inputs, failures } = await handler.check({
    urn: request.getUrn(),
    type: request.getType(),
    inputs: fromStruct(request.getNews()),
    oldInputs: fromStruct(request.getOlds()),
    naming: namingOf(request),
  });
  return checkResponse(request, failures).setInputs(toStruct(inputs));
}

function namingOf(request: pb.CheckRequest): NamingRequest {
  const autonaming = request.getAutonaming();
  const proposedName = autonaming?.getProposedName();
  return {
    logicalName: request.getName() || logicalNameOf(request.getUrn()),
    randomSeed: request.getRandomseed_asU8(),
    disabled: autonaming?.getMode() === messages.CheckRequest.AutonamingOptions.Mode.DISABLE,
    ...(proposedName ? { proposedName } : {}),
  };
}

/** Compares the inputs of a resource with those of the last update. */
export async function diff(handler: ResourceHandler, request: pb.DiffRequest): Promise<pb.DiffResponse> {
  const oldOutputs = fromStruct(request.getOlds());
  const sent = request.getOldInputs();
  const result = await handler.diff({
    urn: request.getUrn(),
    type: request.getType(),
    inputs: fromStruct(request.getNews()),
    oldInputs: sent === undefined ? asMap(oldOutputs["__inputs"]) : fromStruct(sent),
    oldOutputs,
    ignoreChanges: request.getIgnorechangesList(),
  });
  return diffResponse(result);
}

function diffResponse({ changes, replacing, deleteBeforeReplace }: DiffResult): pb.DiffResponse {
  const response = new messages.DiffResponse();
  const { DIFF_SOME, DIFF_NONE } = messages.DiffResponse.DiffChanges;
  response.setChanges(changes.length > 0 ? DIFF_SOME : DIFF_NONE).setHasdetaileddiff(true);
  response.setReplacesList(replacing.map(({ path }) => formatPath(path))).setDeletebeforereplace(deleteBeforeReplace);
  response.setDiffsList([...new Set(changes.map(({ path }) => String(path[0])))]);
  const details = response.getDetaileddiffMap();
  for (const change of changes) {
    details.set(formatPath(change.path), propertyDiff(change, replacing.includes(change)));
  }
  return response;
}

function propertyDiff({ kind }: PropertyChange, isReplacing: boolean): pb.PropertyDiff {
  const difference = new messages.PropertyDiff();
  return difference.setKind(isReplacing ? KINDS[kind].replacing : KINDS[kind].inPlace).setInputdiff(true);
}

/** Creates a resource, or previews it. */
export async function create(handler: ResourceHandler, request: pb.CreateRequest): Promise<pb.CreateResponse> {
  const { id, outputs } = await handler.create({
    urn: request.getUrn(),
    type: request.getType(),
    inputs: fromStruct(request.getProperties()),
    preview: request.getPreview(),
    timeoutSeconds: request.getTimeout(),
  });
  const response = new messages.CreateResponse();
  return response.setId(id).setProperties(toStruct(outputs));
}

/** Changes a resource, or previews it. */
export async function update(handler: ResourceHandler, request: pb.UpdateRequest): Promise<pb.UpdateResponse> {
  const outputs = await handler.update({
    id: request.getId(),
    urn: request.getUrn(),
    type: request.getType(),
    inputs: fromStruct(request.getNews()),
    oldOutputs: fromStruct(request.getOlds()),
    ignoreChanges: request.getIgnorechangesList(),
    preview: request.getPreview(),
    timeoutSeconds: request.getTimeout(),
  });
  const response = new messages.UpdateResponse();
  return response.setProperties(toStruct(outputs));
}

/** Looks at a resource; the answer is empty if it does not exist. */
export async function read(handler: ResourceHandler, request: pb.ReadRequest): Promise<pb.ReadResponse> {
  const found = await handler.read({
    id: request.getId(),
    urn: request.getUrn(),
    type: request.getType(),
    inputs: fromStruct(request.getInputs()),
    outputs: fromStruct(request.getProperties()),
  });
  const response = new messages.ReadResponse();
  if (found === undefined) return response;
  return response.setId(found.id).setProperties(toStruct(found.outputs)).setInputs(toStruct(found.inputs));
}

/** Removes a resource. */
export async function remove(handler: ResourceHandler, request: pb.DeleteRequest): Promise<void> {
  await handler.delete({
    id: request.getId(),
    urn: request.getUrn(),
    type: request.getType(),
    outputs: fromStruct(request.getProperties()),
    timeoutSeconds: request.getTimeout(),
  });
}
