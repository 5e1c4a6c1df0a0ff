import { isDeepStrictEqual } from "node:util";
import { isMap, UNKNOWN } from "../rpc/property-values.ts";
import type { PropertyValue } from "../rpc/property-values.ts";

/** Where a value is inside a resource: member names and list positions. */
export type PropertyPath = readonly (string | number)[];

/** One difference between two sets of properties. */
export interface PropertyChange {
  readonly path: PropertyPath;
  readonly kind: "add" | "delete" | "update";
}

/**
 * The smallest changes that lead from one value to another, in reading order. Null and missing are the same.
 * A value that is not yet known counts as changed, for it may.
 */
export function changesBetween(
  before: PropertyValue | undefined,
  after: PropertyValue | undefined,
  path: PropertyPath = [],
): PropertyChange[] {
  const isGone = after === undefined || after === null;
  if (before === undefined || before === null) return isGone ? [] : [{ path, kind: "add" }];
  if (isGone) return [{ path, kind: "delete" }];
  if (Array.isArray(before) && Array.isArray(after)) return listChanges(before, after, path);
  if (isMap(before) && isMap(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].flatMap((name) => changesBetween(before[name], after[name], [...path, name]));
  }
  return after !== UNKNOWN && isDeepStrictEqual(before, after) ? [] : [{ path, kind: "update" }];
}

function listChanges(before: PropertyValue[], after: PropertyValue[], path: PropertyPath): PropertyChange[] {
  const length = Math.max(before.length, after.length);
  return Array.from({ length }, (_, index) => index).flatMap((index) =>
    changesBetween(before[index], after[index], [...path, index]),
  );
}

/** The path in Pulumi's notation, for example `spec.containers[0].image` or `metadata.annotations["a/b"]`. */
export function formatPath(path: PropertyPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    if (!/^[A-Za-z_][\w-]*$/.test(part)) return `${text}["${part.replaceAll('"', '\\"')}"]`;
    return text === "" ? part : `${text}.${part}`;
  }, "");
}

/** Reads a path in Pulumi's notation, the reverse of `formatPath`. */
export function parsePath(text: string): PropertyPath {
  const parts = text.matchAll(/\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|([^.[\]]+)/g);
  return [...parts].map(([, index, quoted, name]) =>
    index === undefined ? (name ?? (quoted ?? "").replaceAll('\\"', '"')) : Number(index),
  );
}

/** The value at a path, or undefined where the path ends early. */
export function valueAtPath(value: PropertyValue | undefined, path: PropertyPath): PropertyValue | undefined {
  return path.reduce<PropertyValue | undefined>((inner, part) => {
    if (typeof part === "number") return Array.isArray(inner) ? inner[part] : undefined;
    return isMap(inner) ? inner[part] : undefined;
  }, value);
}

/** A copy of the value with another value at the path. Where the path leads nowhere, the copy is unchanged. */
export function withValueAtPath(value: PropertyValue, path: PropertyPath, inner: PropertyValue): PropertyValue {
  const [first, ...rest] = path;
  if (first === undefined) return inner;
  if (typeof first === "number") {
    return Array.isArray(value)
      ? value.map((item, index) => (index === first ? withValueAtPath(item, rest, inner) : item))
      : value;
  }
  if (!isMap(value)) return value;
  const member = value[first];
  if (member === undefined && rest.length > 0) return value;
  return { ...value, [first]: withValueAtPath(member ?? null, rest, inner) };
}
