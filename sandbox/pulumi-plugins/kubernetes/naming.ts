import { createHash } from "node:crypto";
import { asMap, isMap, UNKNOWN } from "../rpc/property-values.ts";
import type { PropertyMap } from "../rpc/property-values.ts";

/** Marks an object whose name was made up, so that a replacement may get another one. */
export const AUTONAMED_ANNOTATION = "pulumi.com/autonamed";

/** What decides the name of an object that the program left unnamed. */
export interface NamingRequest {
  /** The name the program gave to the resource. */
  readonly logicalName: string;
  /** Makes the random part repeatable within one run of the engine. */
  readonly randomSeed: Uint8Array;
  /** The name the engine's own naming rules ask for; undefined without such rules. */
  readonly proposedName?: string;
  /** Whether the engine's naming rules forbid made-up names. */
  readonly disabled: boolean;
}

/** `<logical name>-<8 hex digits>`, the digits taken from the seed (or random when the seed is empty). */
export function uniqueName(logicalName: string, randomSeed: Uint8Array): string {
  const seed = randomSeed.length > 0 ? randomSeed : crypto.getRandomValues(new Uint8Array(16));
  return `${logicalName}-${createHash("sha256").update(seed).digest("hex").slice(0, 8)}`;
}

/** Whether the program left the name to us. A name that is not yet known counts as given. */
export function isUnnamed(inputs: PropertyMap): boolean {
  const metadata = inputs["metadata"];
  if (metadata === UNKNOWN) return false;
  return !asMap(metadata)["name"];
}

/** Whether the object's name was made up by `withName`. */
export function isAutonamed(object: PropertyMap): boolean {
  return asMap(asMap(object["metadata"])["annotations"])[AUTONAMED_ANNOTATION] === "true";
}

/**
 * The inputs with a name. A made-up name is kept for the life of the object: it is adopted from the old inputs.
 * Throws when a name is needed and the engine's naming rules forbid making one up.
 */
export function withName(inputs: PropertyMap, oldInputs: PropertyMap, request: NamingRequest): PropertyMap {
  if (!isUnnamed(inputs)) return inputs;
  const oldName = asMap(oldInputs["metadata"])["name"];
  if (isAutonamed(oldInputs) && typeof oldName === "string") return named(inputs, oldName);
  if (request.disabled) throw new Error("automatic naming is disabled: metadata.name must be set");
  return named(inputs, request.proposedName ?? uniqueName(request.logicalName, request.randomSeed));
}

function named(inputs: PropertyMap, name: string): PropertyMap {
  const metadata = asMap(inputs["metadata"]);
  const annotations = metadata["annotations"];
  // Annotations that are not yet known cannot take another entry; the name alone is enough then.
  const marked = annotations === undefined || isMap(annotations);
  return {
    ...inputs,
    metadata: {
      ...metadata,
      name,
      ...(marked ? { annotations: { ...annotations, [AUTONAMED_ANNOTATION]: "true" } } : {}),
    },
  };
}
