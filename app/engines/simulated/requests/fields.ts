import { isJsonObject, type JsonObject } from "../../../json.ts";
import { malformed, type Issue } from "./issues.ts";
import type { Convert } from "./values.ts";

/** A field of a JSON object; `undefined` when there is none of its own. */
export const own = (object: JsonObject, name: string): unknown =>
  Object.hasOwn(object, name) ? object[name] : undefined;

/** Reads the fields of a body and gathers what is wrong with their types. */
export interface Fields {
  /** Reads a field that may be left out but not be null. */
  read<T>(name: string, convert: Convert<T>, fallback: T): T;
  /** Reads a field for which null means left out. */
  readOptional<T, F>(name: string, convert: Convert<T>, fallback: F): T | F;
  /** Reads a field that must be there. */
  require<T>(name: string, convert: Convert<T>, placeholder: T): T;
  /** The fields of an object in a field; null when it is left out or null. */
  object(name: string): Fields | null;
  /** Adds something that is wrong. */
  complain(issue: Issue): void;
  /** Throws a 400 that tells everything that is wrong, if anything is. */
  check(): void;
}

/** Begins to read a body, which must be a JSON object: throws a 400 if it is none. */
export function readFields(body: unknown): { readonly fields: Fields; readonly object: JsonObject } {
  if (!isJsonObject(body)) throw malformed([noObject("body", body)]);
  return { fields: createFields(body, "body", []), object: body };
}

const noObject = (loc: string, input: unknown): Issue => ({
  type: "model_attributes_type",
  loc,
  msg: "Input should be a valid dictionary or object to extract fields from",
  input,
});

function createFields(object: JsonObject, path: string, issues: Issue[]): Fields {
  const read = <T, F>(name: string, convert: Convert<T>, fallback: F): T | F => {
    const value = own(object, name);
    if (value === undefined) return fallback;
    const result = convert(value);
    if ("value" in result) return result.value;
    issues.push({ ...result.misfit, loc: `${path}.${name}`, input: value });
    return fallback;
  };
  return {
    read,
    readOptional: (name, convert, fallback) => (own(object, name) === null ? fallback : read(name, convert, fallback)),
    require(name, convert, placeholder) {
      if (own(object, name) === undefined) {
        issues.push({ type: "missing", loc: `${path}.${name}`, msg: "Field required", input: object });
      }
      return read(name, convert, placeholder);
    },
    object(name) {
      const value = own(object, name) ?? null;
      if (isJsonObject(value)) return createFields(value, `${path}.${name}`, issues);
      if (value !== null) issues.push(noObject(`${path}.${name}`, value));
      return null;
    },
    complain: (issue) => issues.push(issue),
    check() {
      const [first, ...rest] = issues;
      if (first !== undefined) throw malformed([first, ...rest]);
    },
  };
}
