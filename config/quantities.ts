import { type Check, matching } from "./checks.ts";

const CPU = /^(?=.*[1-9])(\d+m|\d+(\.\d{1,3})?)$/;
const BYTES = /^(?=.*[1-9])\d+(\.\d+)?(Ki|Mi|Gi|Ti|k|M|G|T)$/;
const UNITS: Readonly<Record<string, number>> = {
  ...{ k: 1e3, M: 1e6, G: 1e9, T: 1e12 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 },
};

/** Accepts a Kubernetes quantity of CPU above 0, as millis (`100m`) or as cores (`2`, `0.5`). */
export function cpu(fallback: string): Check<string> {
  return matching(CPU, { expected: "a Kubernetes CPU quantity above 0, such as 100m or 2" }, fallback);
}

/** Accepts a Kubernetes quantity of bytes above 0 with its unit, `Ki` to `Ti` or `k` to `T`; an unset one is `fallback`. */
export function memory(fallback: string): Check<string> {
  const expected = `a Kubernetes memory quantity above 0 with its unit, such as ${fallback}`;
  return matching(BYTES, { expected }, fallback);
}

/** Accepts what {@link memory} does, and must be set. */
export function storage(example: string): Check<string> {
  return matching(BYTES, {
    expected: `a Kubernetes storage quantity above 0 with its unit, such as ${example}`,
    example,
  });
}

/** How many bytes a quantity that {@link memory} accepts stands for. */
export function bytesIn(quantity: string): number {
  const number = Number.parseFloat(quantity);
  return number * (UNITS[quantity.replace(/^[\d.]+/, "")] ?? NaN);
}
