import { asList, asMap, asString, valueAt } from "../rpc/property-values.ts";
import type { PropertyMap } from "../rpc/property-values.ts";
import type { Verdict } from "./verdicts.ts";

/** The annotation with which an object says itself when it is ready. */
export const WAIT_FOR_ANNOTATION = "pulumi.com/waitFor";

/** One thing to wait for: a condition's status, or a field's value (any value if none is given). */
export type Expectation =
  | { readonly condition: string; readonly status: string }
  | { readonly field: readonly string[]; readonly value: string | undefined };

/**
 * Reads the annotation: one expectation, or a JSON list of them, all of which must come true. An expectation is
 * `condition=<type>`, `condition=<type>=<status>`, `jsonpath={.a.b}` or `jsonpath={.a.b}=<value>`.
 * Throws for anything else; of JSONPath only plain member names are understood.
 */
export function parseExpectations(annotation: string): Expectation[] {
  const list = annotation.trim().startsWith("[") ? (JSON.parse(annotation) as unknown[]).map(String) : [annotation];
  return list.map(parseExpectation);
}

function parseExpectation(text: string): Expectation {
  const condition = /^condition=([^=]+)(?:=(.+))?$/.exec(text);
  if (condition) return { condition: condition[1] ?? "", status: condition[2] ?? "True" };
  const field = /^jsonpath=\{?\.?((?:[\w-]+\.)*[\w-]+)\}?(?:=(.*))?$/.exec(text);
  if (field) return { field: (field[1] ?? "").split("."), value: field[2] };
  throw new Error(`"${text}" in the annotation ${WAIT_FOR_ANNOTATION} is not understood by this stand-in`);
}

/** Judges a live object by its own expectations. */
export function verdictOnExpectations(object: PropertyMap, expectations: readonly Expectation[]): Verdict {
  const open = expectations.find((expectation) => !isMet(object, expectation));
  if (open === undefined) return { state: "ready" };
  const what =
    "condition" in open
      ? `condition ${open.condition} to be ${open.status}`
      : `${open.field.join(".")} to be ${open.value ?? "set"}`;
  return { state: "waiting", message: `waiting for ${what}` };
}

function isMet(object: PropertyMap, expectation: Expectation): boolean {
  if ("condition" in expectation) {
    const { condition, status } = expectation;
    const conditions = asList(valueAt(object, "status", "conditions")).map(asMap);
    return conditions.some((each) => each["type"] === condition && asString(each["status"]) === status);
  }
  const value = valueAt(object, ...expectation.field);
  if (expectation.value === undefined) return value !== undefined && value !== null;
  return value !== undefined && (typeof value === "string" ? value : JSON.stringify(value)) === expectation.value;
}
