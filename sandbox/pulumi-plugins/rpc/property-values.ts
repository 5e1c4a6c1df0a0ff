import structs from "google-protobuf/google/protobuf/struct_pb.js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";

/** Any value Pulumi sends or stores: JSON, with secrets as marked objects and unknowns as a marker string. */
export type PropertyValue = null | boolean | number | string | PropertyValue[] | PropertyMap;

/** A set of named values: a resource's inputs or outputs, or any object inside them. */
export interface PropertyMap {
  [name: string]: PropertyValue | undefined;
}

/** The string that stands for a value that is only known after an update (Pulumi's wire format). */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";

/** Whether the value is an object (neither an array nor null). */
export function isMap(value: PropertyValue | undefined): value is PropertyMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object itself, or an empty one when the value is something else. */
export function asMap(value: PropertyValue | undefined): PropertyMap {
  return isMap(value) ? value : {};
}

/** The array itself, or an empty one when the value is something else. */
export function asList(value: PropertyValue | undefined): PropertyValue[] {
  return Array.isArray(value) ? value : [];
}

/** The string itself, or an empty one when the value is something else. */
export function asString(value: PropertyValue | undefined): string {
  return typeof value === "string" ? value : "";
}

/** The value at a path of names, or undefined where the path ends early. */
export function valueAt(value: PropertyValue | undefined, ...names: string[]): PropertyValue | undefined {
  return names.reduce<PropertyValue | undefined>((inner, name) => asMap(inner)[name], value);
}

/** Decodes a gRPC struct; a missing one is an empty map. */
export function fromStruct(struct: Struct | undefined): PropertyMap {
  return struct?.toJavaScript() ?? {};
}

/** Encodes a map as a gRPC struct; undefined values are left out. */
export function toStruct(values: PropertyMap): Struct {
  return structs.Struct.fromJavaScript(JSON.parse(JSON.stringify(values)) as Record<string, string>);
}

/** Whether the value is a marked secret. */
export function isSecret(value: PropertyValue | undefined): value is PropertyMap {
  return isMap(value) && value[SIGNATURE_KEY] === SECRET_SIGNATURE;
}

/** Marks the value as a secret, which Pulumi stores encrypted. A secret stays as it is. */
export function makeSecret(value: PropertyValue): PropertyMap {
  return isSecret(value) ? value : { [SIGNATURE_KEY]: SECRET_SIGNATURE, value };
}

/** Whether the value is an asset, an archive or another marked object that is neither a secret nor plain data. */
export function isMarkedObject(value: PropertyValue | undefined): boolean {
  return isMap(value) && value[SIGNATURE_KEY] !== undefined && !isSecret(value);
}

/** Whether the value or anything inside it fulfils the condition. */
export function containsValue(
  value: PropertyValue | undefined,
  condition: (value: PropertyValue | undefined) => boolean,
): boolean {
  if (condition(value)) return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some((inner) => containsValue(inner, condition));
}

/** Whether the value or anything inside it is only known after an update. */
export function containsUnknown(value: PropertyValue | undefined): boolean {
  return containsValue(value, (inner) => inner === UNKNOWN);
}

/** Rebuilds a value from the inside out: `change` sees every object after its members were changed. */
function rebuild(value: PropertyValue, change: (map: PropertyMap) => PropertyValue): PropertyValue {
  if (Array.isArray(value)) return value.map((item) => rebuild(item, change));
  if (!isMap(value)) return value;
  const rebuilt: PropertyMap = {};
  for (const [name, inner] of Object.entries(value)) {
    if (inner !== undefined) rebuilt[name] = rebuild(inner, change);
  }
  return change(rebuilt);
}

/** The same map with every secret replaced by what it holds. */
export function revealSecrets(values: PropertyMap): PropertyMap {
  return rebuild(values, (map) => (isSecret(map) ? (map["value"] ?? null) : map)) as PropertyMap;
}

/**
 * Marks as secret what is secret in `inputs`, at the same place. An array with one secret item becomes secret as a
 * whole, because items move. The data of a Kubernetes Secret is always secret.
 */
export function markSecrets(outputs: PropertyMap, inputs: PropertyMap): PropertyMap {
  const marked: PropertyMap = { ...outputs };
  for (const [name, input] of Object.entries(inputs)) {
    const output = marked[name];
    if (output === undefined) continue;
    if (isMap(output) && isMap(input) && !isSecret(input)) marked[name] = markSecrets(output, input);
    else if (containsValue(input, isSecret)) marked[name] = makeSecret(output);
  }
  return outputs["kind"] === "Secret" ? markSecretData(marked) : marked;
}

function markSecretData(object: PropertyMap): PropertyMap {
  const marked = { ...object };
  for (const name of ["data", "stringData"]) {
    const value = marked[name];
    if (isMap(value) && !isSecret(value)) marked[name] = makeSecret(revealSecrets(value));
  }
  return marked;
}

/** Renames members such as `x_kubernetes_map_type`, as the SDK spells them, to the API's `x-kubernetes-map-type`. */
export function toKubernetesNames(values: PropertyMap): PropertyMap {
  return renameMembers(values, /^x_kubernetes_/, "_", "-");
}

/** The reverse of `toKubernetesNames`. */
export function toPulumiNames(values: PropertyMap): PropertyMap {
  return renameMembers(values, /^x-kubernetes-/, "-", "_");
}

function renameMembers(values: PropertyMap, pattern: RegExp, from: string, to: string): PropertyMap {
  const rename = (name: string): string => (pattern.test(name) ? name.replaceAll(from, to) : name);
  return rebuild(values, (map) =>
    Object.fromEntries(Object.entries(map).map(([name, value]) => [rename(name), value])),
  ) as PropertyMap;
}
