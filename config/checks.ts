/**
 * Checks one raw configuration value.
 *
 * Returns the value in its final type. When the value is at fault it adds one line to `faults` and returns a stand-in
 * of the right type, so that the checks after it still run; the caller must refuse everything when `faults` is not empty.
 * Never throws.
 */
export type Check<T> = (value: unknown, path: string, faults: string[]) => T;

/** What a check accepts, in the words the user reads, and how to repair a fault. */
export interface Rule {
  /** Completes the sentence "expected ...": the kind of value and its range. */
  readonly expected: string;
  /** A legal value for the suggested `pulumi config set`. Default: the setting's own default. */
  readonly example?: string;
  /** The whole repair in place of `pulumi config set`. Default: a `pulumi config set` of `example`. */
  readonly cure?: string;
}

/** Bounds and default of an integer. */
export interface IntegerRange {
  /** Smallest legal value. */
  readonly min: number;
  /** Largest legal value. Default: no upper bound. */
  readonly max?: number;
  /** Value of an unset setting. */
  readonly default: number;
  /** What is counted and in which unit; follows the range in the message. */
  readonly meaning: string;
}

const LONGEST_SHOWN = 100;
/** Whether nothing is said about a setting. */
export const isUnset = (value: unknown): boolean => value === undefined || value === null;

/** The value as the user wrote it, on one line, cut after 100 characters. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}...` : text;
}

/** The arguments by which `pulumi config set` and `rm` name a setting: nested ones need `--path`. */
export function settingArgument(path: string): string {
  return /[.[]/.test(path) ? `--path '${path}'` : path;
}

/** The one line that reports `value` at `path` to be outside `rule`. */
export function faultLine(path: string, value: unknown, rule: Rule): string {
  const finding = isUnset(value) ? "is not set" : `is ${shown(value)}`;
  const cure = rule.cure ?? `pulumi config set ${settingArgument(path)} ${rule.example ?? "VALUE"}`;
  return `${path} ${finding}; expected ${rule.expected}. Fix: ${cure}`;
}

/** Accepts decimal integers alone, as numbers or digits: not "10abc", "1e1", "10.5", "+1", "007" or "". */
export function integer(range: IntegerRange): Check<number> {
  const bounds = range.max === undefined ? `of at least ${range.min}` : `from ${range.min} to ${range.max}`;
  const rule: Rule = { expected: `an integer ${bounds} (${range.meaning})`, example: String(range.default) };
  return (value, path, faults) => {
    if (isUnset(value)) return range.default;
    const digits = typeof value === "string" && /^(0|-?[1-9]\d*)$/.test(value);
    const number = digits || typeof value === "number" ? Number(value) : NaN;
    if (Number.isSafeInteger(number) && number >= range.min && number <= (range.max ?? Infinity)) return number;
    faults.push(faultLine(path, value, rule));
    return range.default;
  };
}

/**
 * Accepts text for which `isLegal` holds. Without `fallback` the setting is required, and "" counts as unset; numbers
 * count as their text, because YAML reads an unquoted `1` as one.
 */
export function text(isLegal: (value: string) => boolean, rule: Rule, fallback?: string): Check<string> {
  const ruleWithExample: Rule = fallback === undefined ? rule : { example: fallback, ...rule };
  return (value, path, faults) => {
    if (isUnset(value) && fallback !== undefined) return fallback;
    const candidate = typeof value === "number" ? String(value) : value;
    if (typeof candidate === "string" && candidate !== "" && isLegal(candidate)) return candidate;
    const isMissing = candidate === "" && fallback === undefined;
    faults.push(faultLine(path, isMissing ? undefined : value, ruleWithExample));
    return "";
  };
}

/** Accepts true and false, as such or as text. */
export function flag(fallback: boolean): Check<boolean> {
  const rule: Rule = { expected: "true or false", example: String(fallback) };
  return (value, path, faults) => {
    if (isUnset(value)) return fallback;
    if (value === true || value === "true") return true;
    if (value !== false && value !== "false") faults.push(faultLine(path, value, rule));
    return false;
  };
}

/** Accepts one of `options`; the first one is the default. */
export function oneOf<const T extends string>(options: readonly [T, ...T[]]): Check<T> {
  const rule: Rule = { expected: options.join(" or "), example: options[0] };
  return (value, path, faults) => {
    const match = options.find((option) => option === (value ?? options[0]));
    if (match === undefined) faults.push(faultLine(path, value, rule));
    return match ?? options[0];
  };
}

/** Adds `rule` as a fault when `holds` is false of a value that `check` accepted. */
export function where<T>(check: Check<T>, holds: (value: T) => boolean, rule: Rule): Check<T> {
  return (value, path, faults) => {
    const before = faults.length;
    const result = check(value, path, faults);
    if (faults.length === before && !holds(result)) faults.push(faultLine(path, result, rule));
    return result;
  };
}

/** Accepts what `check` accepts, and an unset setting as undefined; "" counts as unset. */
export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value, path, faults) => (isUnset(value) || value === "" ? undefined : check(value, path, faults));
}

/** Accepts text that matches the whole of `pattern`, which therefore has `^` and `$`; otherwise as {@link text}. */
export function matching(pattern: RegExp, rule: Rule, fallback?: string): Check<string> {
  return text((value) => pattern.test(value), rule, fallback);
}
