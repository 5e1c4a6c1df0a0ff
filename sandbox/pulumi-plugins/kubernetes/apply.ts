import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { asList, asMap, asString, valueAt } from "../rpc/property-values.ts";
import type { PropertyMap } from "../rpc/property-values.ts";
import { conflictMessage, isNotFound } from "./api-error.ts";
import type { KubernetesApi } from "./kubernetes-api.ts";
import type { ObjectName, ObjectType } from "./resource-type.ts";

/** One server-side apply. */
export interface Apply {
  readonly object: PropertyMap;
  /** The name under which the object's fields are owned. */
  readonly fieldManager: string;
  /** Whether to take fields over from other managers. */
  readonly force: boolean;
  /** Whether to only try it out. */
  readonly dryRun: boolean;
}

/** A new name to own an object's fields under, one per object as the official plugin does it. */
export function newFieldManager(): string {
  return `pulumi-kubernetes-${randomBytes(4).toString("hex")}`;
}

/** Whether some Pulumi stack owns fields of the live object. */
export function isManagedByPulumi(live: PropertyMap): boolean {
  return asList(valueAt(live, "metadata", "managedFields"))
    .map(asMap)
    .some((entry) => asString(entry["manager"]).startsWith("pulumi-"));
}

/** The kind of an object. */
export function typeOf(object: PropertyMap): ObjectType {
  return { apiVersion: asString(object["apiVersion"]), kind: asString(object["kind"]) };
}

/** The name and namespace of an object. */
export function nameOf(object: PropertyMap): ObjectName {
  const namespace = asString(valueAt(object, "metadata", "namespace"));
  const name = asString(valueAt(object, "metadata", "name"));
  return namespace === "" ? { name } : { namespace, name };
}

/**
 * Applies the object; unknown fields are refused. Returns the live object.
 * Throws, naming fields and owners, when other managers own fields it sets.
 */
export async function applyObject(api: KubernetesApi, apply: Apply): Promise<PropertyMap> {
  try {
    const answer = await api.request({
      method: "PATCH",
      path: await api.pathOf(typeOf(apply.object), nameOf(apply.object)),
      query: {
        fieldManager: apply.fieldManager,
        fieldValidation: "Strict",
        force: String(apply.force),
        ...(apply.dryRun ? { dryRun: "All" } : {}),
      },
      body: apply.object,
      contentType: "application/apply-patch+yaml",
    });
    return asMap(answer);
  } catch (error) {
    const conflict = conflictMessage(error);
    if (conflict === undefined) throw error;
    throw new Error(conflict, { cause: error });
  }
}

const RETRY_SECONDS = [1, 2, 4, 8];

/** Applies the object, and again for a while as long as its namespace or its kind is not there yet. */
export async function applyWhenPossible(
  api: KubernetesApi,
  apply: Apply,
  signal: AbortSignal,
  onProgress: (message: string) => void,
): Promise<PropertyMap> {
  for (const seconds of RETRY_SECONDS) {
    try {
      return await applyObject(api, apply);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      onProgress(`trying again in ${seconds} s: ${error instanceof Error ? error.message : String(error)}`);
    }
    await sleep(seconds * 1000, undefined, { signal });
  }
  return await applyObject(api, apply);
}
