/** Any JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: Json;
}

const isArray = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !isArray(value);

/** The value as an object; an empty one when it is none, so that what is missing shows as missing. */
export const object = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});

/** The value as an array; an empty one when it is none. */
export const array = (value: Json | undefined): readonly Json[] => (isArray(value) ? value : []);

/** The value as a text; the empty one when it is none. */
export const text = (value: Json | undefined): string => (typeof value === "string" ? value : "");

/** The object's member of that name as an object; an empty one when it is none. */
export const member = (value: Json | undefined, name: string): JsonObject => object(object(value)[name]);

/** The object's member of that name as an array of objects. */
export const members = (value: Json | undefined, name: string): readonly JsonObject[] =>
  array(object(value)[name]).map(object);

/** The names of an object's members, sorted. */
export const keys = (value: Json | undefined): readonly string[] => Object.keys(object(value)).sort();
