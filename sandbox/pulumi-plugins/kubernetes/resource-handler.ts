import type { PropertyMap } from "../rpc/property-values.ts";
import type { PropertyChange } from "./changes.ts";
import type { NamingRequest } from "./naming.ts";

/** The resource a request is about. */
export interface ResourceIdentity {
  readonly urn: string;
  /** The resource type, for example `kubernetes:core/v1:Service`. */
  readonly type: string;
}

/** A request to complete and judge the inputs of a resource. */
export interface CheckRequest extends ResourceIdentity {
  readonly inputs: PropertyMap;
  /** The inputs of the last update; empty for a new resource. */
  readonly oldInputs: PropertyMap;
  readonly naming: NamingRequest;
}

/** Completed inputs. The resource is not touched if there are failures. */
export interface CheckResult {
  readonly inputs: PropertyMap;
  readonly failures: readonly CheckFailure[];
}

/** One reason why inputs are refused. */
export interface CheckFailure {
  /** The input it is about; empty for the resource as a whole. */
  readonly property: string;
  readonly reason: string;
}

/** A request to compare the inputs of a resource with those of the last update. */
export interface DiffRequest extends ResourceIdentity {
  readonly inputs: PropertyMap;
  readonly oldInputs: PropertyMap;
  readonly oldOutputs: PropertyMap;
  readonly ignoreChanges: readonly string[];
}

/** What an update would change. */
export interface DiffResult {
  readonly changes: readonly PropertyChange[];
  /** Those of the changes that need a new object. */
  readonly replacing: readonly PropertyChange[];
  readonly deleteBeforeReplace: boolean;
}

/** A request that changes the cluster, unless it is a preview. */
export interface WriteRequest extends ResourceIdentity {
  readonly inputs: PropertyMap;
  readonly preview: boolean;
  /** Seconds the resource option `customTimeouts` allows; 0 if it is not set. */
  readonly timeoutSeconds: number;
}

/** A request to change an existing resource. */
export interface UpdateRequest extends WriteRequest {
  readonly id: string;
  readonly oldOutputs: PropertyMap;
  readonly ignoreChanges: readonly string[];
}

/** A request to remove a resource. */
export interface DeleteRequest extends ResourceIdentity {
  readonly id: string;
  readonly outputs: PropertyMap;
  readonly timeoutSeconds: number;
}

/** A request to look at a resource. Inputs and outputs are empty for a resource that Pulumi does not know yet. */
export interface ReadRequest extends ResourceIdentity {
  readonly id: string;
  readonly inputs: PropertyMap;
  readonly outputs: PropertyMap;
}

/** A resource that exists. */
export interface ReadResult {
  readonly id: string;
  readonly inputs: PropertyMap;
  readonly outputs: PropertyMap;
}

/** The life of one sort of resource. Every method throws with a message for the user when it fails. */
export interface ResourceHandler {
  check(request: CheckRequest): Promise<CheckResult>;
  diff(request: DiffRequest): Promise<DiffResult>;
  /** Returns the id (empty in a preview) and the outputs. */
  create(request: WriteRequest): Promise<{ id: string; outputs: PropertyMap }>;
  /** Returns the outputs. */
  update(request: UpdateRequest): Promise<PropertyMap>;
  /** Returns undefined if the resource does not exist. */
  read(request: ReadRequest): Promise<ReadResult | undefined>;
  delete(request: DeleteRequest): Promise<void>;
}
