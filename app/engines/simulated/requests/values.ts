/** Why a value is not of the type it should have. */
export interface Misfit {
  readonly type: string;
  readonly msg: string;
  readonly ctx?: string;
}

/** Turns a JSON value into one of the type, as leniently as vLLM's validator, or tells why not. */
export type Convert<T> = (value: unknown) => { readonly value: T } | { readonly misfit: Misfit };

const WHOLE_NUMBER = /^\s*[+-]?\d+(?:\.0*)?\s*$/;
const NUMBER = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/;
const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ...["1", "t", "true", "y", "yes", "on"].map((word) => [word, true] as const),
  ...["0", "f", "false", "n", "no", "off"].map((word) => [word, false] as const),
]);

const misfit = (type: string, msg: string) => ({ misfit: { type, msg } });

/** A whole number; a flag, a text of digits and a number without a fraction are one too. */
export const wholeNumber: Convert<number> = (value) => {
  if (typeof value === "boolean") return { value: Number(value) };
  if (typeof value === "string") {
    if (WHOLE_NUMBER.test(value)) return { value: Number(value) };
    return misfit("int_parsing", "Input should be a valid integer, unable to parse string as an integer");
  }
  if (typeof value !== "number") return misfit("int_type", "Input should be a valid integer");
  if (!Number.isInteger(value)) {
    return misfit("int_from_float", "Input should be a valid integer, got a number with a fractional part");
  }
  return { value };
};

/** A whole number from `least` to `most`. */
export const wholeNumberWithin =
  (least: number, most: number): Convert<number> =>
  (input) => {
    const result = wholeNumber(input);
    if ("misfit" in result || (result.value >= least && result.value <= most)) return result;
    const [type, word, bound] =
      result.value < least ? (["ge", "greater", least] as const) : (["le", "less", most] as const);
    const msg = `Input should be ${word} than or equal to ${bound}`;
    return { misfit: { type: `${word}_than_equal`, msg, ctx: `{'${type}': ${bound}}` } };
  };

/** Any number; a flag and a text that is one are too. */
export const anyNumber: Convert<number> = (value) => {
  if (typeof value === "number") return { value };
  if (typeof value === "boolean") return { value: Number(value) };
  if (typeof value !== "string") return misfit("float_type", "Input should be a valid number");
  if (NUMBER.test(value)) return { value: Number(value) };
  return misfit("float_parsing", "Input should be a valid number, unable to parse string as a number");
};

/** True or false, also as 1 or 0 and in the usual words. */
export const flag: Convert<boolean> = (value) => {
  if (typeof value === "boolean") return { value };
  if (typeof value !== "number" && typeof value !== "string") {
    return misfit("bool_type", "Input should be a valid boolean");
  }
  const meaning = FLAGS.get(String(value).toLowerCase());
  if (meaning !== undefined) return { value: meaning };
  return misfit("bool_parsing", "Input should be a valid boolean, unable to interpret input");
};

/** A text, and nothing else. */
export const text: Convert<string> = (value) =>
  typeof value === "string" ? { value } : misfit("string_type", "Input should be a valid string");

/** One of the texts. */
export const oneOf =
  <const T extends string>(...texts: readonly T[]): Convert<T> =>
  (value) => {
    const found = texts.find((candidate) => candidate === value);
    if (found !== undefined) return { value: found };
    const expected = texts.map((candidate) => `'${candidate}'`).join(" or ");
    return {
      misfit: { type: "literal_error", msg: `Input should be ${expected}`, ctx: `{'expected': "${expected}"}` },
    };
  };
