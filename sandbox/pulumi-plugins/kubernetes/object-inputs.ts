import { parseExpectations, WAIT_FOR_ANNOTATION } from "../await/wait-for.ts";
import { isMap, markSecrets, revealSecrets, UNKNOWN, valueAt } from "../rpc/property-values.ts";
import type { PropertyMap, PropertyValue } from "../rpc/property-values.ts";
import { changesBetween, parsePath } from "./changes.ts";
import { withName } from "./naming.ts";
import { deletesBeforeReplace, immutableFields, touchesField } from "./replacement.ts";
import type { MutableData } from "./replacement.ts";
import type { CheckFailure, CheckRequest, CheckResult, DiffResult } from "./resource-handler.ts";
import { objectTypeOf, unsupportedType } from "./resource-type.ts";

/**
 * Completes the inputs of an object: its kind, its name, and its namespace if it has none of its own.
 * @param namespace Undefined for kinds that belong to no namespace.
 */
export function checkObject(request: CheckRequest, namespace: string | undefined): CheckResult {
  const inputs = revealSecrets(request.inputs);
  const type = objectTypeOf(request.type);
  const failures = refusals(inputs, type.kind, request.type);
  if (failures.length > 0) return { inputs: request.inputs, failures };
  const withType = { ...inputs, apiVersion: inputs["apiVersion"] ?? type.apiVersion, kind: type.kind };
  const named = withName(withType, revealSecrets(request.oldInputs), request.naming);
  return { inputs: markSecrets(withNamespace(named, namespace), request.inputs), failures: [] };
}

function refusals(inputs: PropertyMap, kind: string, resourceType: string): CheckFailure[] {
  const given = inputs["kind"];
  if (given !== undefined && given !== UNKNOWN && given !== kind) {
    return [{ property: "kind", reason: unsupportedType(resourceType) }];
  }
  const { metadata } = inputs;
  if (metadata !== undefined && metadata !== UNKNOWN && !isMap(metadata)) {
    return [{ property: "metadata", reason: "must be an object" }];
  }
  if (valueAt(metadata, "generateName") !== undefined && valueAt(metadata, "name") === undefined) {
    return [
      { property: "metadata.generateName", reason: "is not possible with server-side apply; leave the name out" },
    ];
  }
  return refusedExpectations(valueAt(metadata, "annotations", WAIT_FOR_ANNOTATION));
}

function refusedExpectations(annotation: PropertyValue | undefined): CheckFailure[] {
  try {
    if (typeof annotation === "string" && annotation !== UNKNOWN) parseExpectations(annotation);
    return [];
  } catch (error) {
    return [{ property: "metadata.annotations", reason: error instanceof Error ? error.message : String(error) }];
  }
}

function withNamespace(object: PropertyMap, namespace: string | undefined): PropertyMap {
  const { metadata } = object;
  if (namespace === undefined || !isMap(metadata) || metadata["namespace"] !== undefined) return object;
  return { ...object, metadata: { ...metadata, namespace } };
}

/** The same differences, with a replacement on top because the object is not ready. */
export function replacedUnready(result: DiffResult, before: PropertyMap, after: PropertyMap): DiffResult {
  const unready = { path: ["metadata", "annotations", "pulumi.com/replaceUnready"], kind: "update" } as const;
  return {
    changes: [...result.changes, unready],
    replacing: [...result.replacing, unready],
    deleteBeforeReplace: deletesBeforeReplace(before, after),
  };
}

/** What an update would change, and what of it needs a new object. Paths in `ignoreChanges` do not count. */
export function diffObject(
  before: PropertyMap,
  after: PropertyMap,
  ignoreChanges: readonly string[],
  mutable: MutableData,
): DiffResult {
  const ignored = ignoreChanges.map(parsePath);
  const changes = changesBetween(before, after).filter(
    ({ path }) => !ignored.some((prefix) => prefix.every((part, index) => path[index] === part)),
  );
  const fields = immutableFields(after, mutable);
  const replacing = changes.filter((change) => touchesField(change, fields, before, after));
  return {
    changes,
    replacing,
    deleteBeforeReplace: replacing.length > 0 && deletesBeforeReplace(before, after),
  };
}
