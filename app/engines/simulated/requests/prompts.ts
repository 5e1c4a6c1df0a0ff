import type { JsonObject } from "../../../json.ts";
import { own, type Fields } from "./fields.ts";
import type { Convert } from "./values.ts";

/** A prompt as it came: a text, or token ids. */
export type Prompt = string | readonly number[];

/** Reads a field that has one prompt or several: a text, texts, token ids, or several lists of them. */
export function readPrompts(object: JsonObject, name: string, fields: Fields): readonly Prompt[] {
  return Array.isArray(own(object, name)) ? fields.read(name, promptList, []) : [fields.require(name, oneText, "")];
}

const oneText: Convert<string> = (value) =>
  typeof value === "string" ? { value } : { misfit: { type: "list_type", msg: "Input should be a valid list" } };

const promptList: Convert<readonly Prompt[]> = (value) => {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  if (list.every(isTokenId)) return { value: [list] };
  if (list.every((entry) => typeof entry === "string" || isTokenIds(entry))) return { value: list };
  return { misfit: { type: "string_type", msg: "Input should be a valid string" } };
};

const isTokenId = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 0;
/** Whether a value is a list of token ids. */
export const isTokenIds = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every(isTokenId);
