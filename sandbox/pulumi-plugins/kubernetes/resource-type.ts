import { OFFICIAL_PLUGIN_ADVICE } from "../rpc/advice.ts";

/** The kind of a Kubernetes object, as it is written at the top of a manifest. */
export interface ObjectType {
  /** For example `v1` or `apps/v1`. */
  readonly apiVersion: string;
  /** For example `Service`. */
  readonly kind: string;
}

/** Where an object lives. */
export interface ObjectName {
  /** Undefined for objects that belong to no namespace. */
  readonly namespace?: string;
  readonly name: string;
}

/** The resource type of a Helm release, the only one that is not a Kubernetes object. */
export const HELM_RELEASE = "kubernetes:helm.sh/v3:Release";

const NOT_OBJECTS = /^(yaml|helm\.sh|kustomize|meta|index|core\/v1:List$)/;

/**
 * The kind behind a Pulumi resource type such as `kubernetes:apps/v1:Deployment`.
 * Throws for types that are not one Kubernetes object: charts, YAML files, Patch and List types.
 */
export function objectTypeOf(resourceType: string): ObjectType {
  const [, groupVersion, kind] = resourceType.split(":");
  const unsupported =
    groupVersion === undefined ||
    kind === undefined ||
    NOT_OBJECTS.test(groupVersion) ||
    (isBuiltIn(groupVersion) && /.(List|Patch)$/.test(kind));
  if (unsupported) throw new Error(unsupportedType(resourceType));
  return { apiVersion: groupVersion.replace(/^core\//, ""), kind };
}

/** Why a resource type cannot be managed here, and what to do about it. */
export function unsupportedType(resourceType: string): string {
  return (
    `"${resourceType}" is not supported: this is a stand-in for the Kubernetes plugin which manages single ` +
    `Kubernetes objects and Helm releases (helm.v3.Release). ${OFFICIAL_PLUGIN_ADVICE}`
  );
}

function isBuiltIn(groupVersion: string): boolean {
  const [group = ""] = groupVersion.split("/");
  return !group.includes(".") || group.endsWith(".k8s.io");
}

/** Splits a resource id, `namespace/name` or `name`. Throws when the name is empty. */
export function parseId(id: string): ObjectName {
  const parts = id.split("/");
  const name = parts.at(-1) ?? "";
  if (name === "" || parts.length > 2) throw new Error(`"${id}" is not an id: expected "namespace/name" or "name"`);
  const namespace = parts.length === 2 ? parts[0] : undefined;
  return namespace ? { namespace, name } : { name };
}

/** The resource id of an object: `namespace/name`, or `name` where there is no namespace. */
export function formatId({ namespace, name }: ObjectName): string {
  return namespace ? `${namespace}/${name}` : name;
}

/** The name a program gave to a resource: the last part of its URN. */
export function logicalNameOf(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}
