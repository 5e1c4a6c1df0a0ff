/** Environment variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Thrown when settings are faulty: one line for each fault in `faults`, in the order they are documented. */
export class SettingsError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join("\n"));
    this.name = "SettingsError";
    this.faults = faults;
  }
}

/** What a text setting must look like. */
export interface TextRule {
  readonly pattern: RegExp;
  /** The same in words, after "it must be". */
  readonly allowed: string;
  /** Value when it is not set; without one it has to be. */
  readonly fallback?: string;
}

/** Reads settings one by one and gathers the faults. A faulty one is read as some value of its type. */
export interface SettingsReader {
  text(name: string, rule: TextRule): string;
  /** A whole number from `minimum` to `maximum`. */
  wholeNumber(name: string, fallback: number, minimum: number, maximum: number): number;
  /** A number from `minimum` to `maximum`, with or without decimals. */
  number(name: string, fallback: number, minimum: number, maximum: number): number;
  /** `true` or `false`. */
  flag(name: string, fallback: boolean): boolean;
  /** Whether it is set. */
  has(name: string): boolean;
  /** Notes a fault in words of its own. */
  refuse(name: string, allowed: string): void;
  /** @throws {SettingsError} when there was any fault */
  finish(): void;
}

/** Creates a reader of environment variables. */
export function createSettingsReader(environment: Environment): SettingsReader {
  const faults: string[] = [];
  const refuse = (name: string, allowed: string): void => {
    const value = environment[name];
    const found = value === undefined ? "is not set" : `is ${JSON.stringify(value)}`;
    faults.push(`${name} ${found}: it must be ${allowed}.`);
  };
  const matching = (name: string, { pattern, allowed, fallback }: TextRule): string => {
    const value = environment[name] ?? fallback;
    if (value === undefined || !pattern.test(value)) refuse(name, allowed);
    return value ?? "";
  };
  const numeric = (name: string, fallback: number, range: readonly [number, number], form: RegExp, kind: string) => {
    const [minimum, maximum] = range;
    const value = environment[name] ?? String(fallback);
    const valid = form.test(value) && Number(value) >= minimum && Number(value) <= maximum;
    if (!valid) refuse(name, `a ${kind}number from ${minimum} to ${maximum}`);
    return valid ? Number(value) : fallback;
  };
  return {
    text: matching,
    wholeNumber: (name, fallback, minimum, maximum) => numeric(name, fallback, [minimum, maximum], /^\d+$/, "whole "),
    number: (name, fallback, minimum, maximum) => numeric(name, fallback, [minimum, maximum], /^\d+(\.\d+)?$/, ""),
    flag: (name, fallback) =>
      matching(name, { pattern: /^(true|false)$/, allowed: "true or false", fallback: String(fallback) }) === "true",
    has: (name) => environment[name] !== undefined,
    refuse,
    finish() {
      if (faults.length > 0) throw new SettingsError(faults);
    },
  };
}
