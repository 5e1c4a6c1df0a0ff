import { type Check, faultLine, type Rule } from "./checks.ts";

/** A field of an object that contradicts another one, although each is legal by itself. */
export interface Contradiction extends Rule {
  /** Path of the field below the object, with the dot or bracket before it, such as `.max`. */
  readonly field: string;
  /** Value of the field. */
  readonly value: unknown;
}

/** Adds each contradiction in a value that `check` accepted as a fault of its field; `false` stands for none. */
export function consistent<T>(
  check: Check<T>,
  contradictions: (value: T) => readonly (Contradiction | false)[],
): Check<T> {
  return (value, path, faults) => {
    const before = faults.length;
    const result = check(value, path, faults);
    if (faults.length > before) return result;
    for (const found of contradictions(result)) {
      if (found) faults.push(faultLine(`${path}${found.field}`, found.value, found));
    }
    return result;
  };
}
