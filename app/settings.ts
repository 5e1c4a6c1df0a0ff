/** Everything the service is told by its environment. Read once, at start. */
export interface Settings {
  /** Release version this process serves, such as `v1`: response header, fingerprint and `version` label. */
  readonly modelVersion: string;
  /** Name of the one model that is served, such as `facebook/opt-125m`. */
  readonly modelName: string;
  /** Simulated wait before the first token, in milliseconds: 0 to 60000, default 20. */
  readonly timeToFirstTokenMs: number;
  /** Simulated wait between two tokens of an answer, in milliseconds: 0 to 10000, default 5. */
  readonly interTokenLatencyMs: number;
  /** Longest wait for open requests after SIGTERM, in seconds: 0 to 3600, default 30. */
  readonly drainTimeoutSeconds: number;
  /** Source revision the image was built from, shown by the build info metric: default `unknown`. */
  readonly buildRevision: string;
}

/** Environment variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Thrown by {@link readSettings}: one line per faulty variable in `faults`, in the order they are documented. */
export class SettingsError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join("\n"));
    this.name = "SettingsError";
    this.faults = faults;
  }
}

interface TextRule {
  readonly pattern: RegExp;
  readonly allowed: string;
  readonly fallback?: string;
}

const VERSION_RULE: TextRule = {
  pattern: /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/,
  allowed: "1 to 63 lower-case letters, digits and inner dashes, such as v1",
};
const MODEL_RULE: TextRule = { pattern: /^[!-~]{1,256}$/, allowed: "1 to 256 printable characters without spaces" };
const REVISION_RULE: TextRule = {
  pattern: /^[!-~]{1,128}$/,
  allowed: "1 to 128 printable characters without spaces",
  fallback: "unknown",
};

/**
 * Reads the settings from environment variables: `MODEL_VERSION` and `MODEL_NAME` (required),
 * `SIMULATED_TIME_TO_FIRST_TOKEN_MS`, `SIMULATED_INTER_TOKEN_LATENCY_MS`, `DRAIN_TIMEOUT_SECONDS` and `BUILD_REVISION`.
 * Throws a {@link SettingsError} that lists every fault, not only the first.
 */
export function readSettings(environment: Environment): Settings {
  const faults: string[] = [];
  const refuse = (name: string, value: string | undefined, allowed: string): void => {
    const found = value === undefined ? "is not set" : `is ${JSON.stringify(value)}`;
    faults.push(`${name} ${found}: it must be ${allowed}.`);
  };
  const text = (name: string, rule: TextRule): string => {
    const value = environment[name] ?? rule.fallback;
    if (value === undefined || !rule.pattern.test(value)) refuse(name, value, rule.allowed);
    return value ?? "";
  };
  const wholeNumber = (name: string, fallback: number, maximum: number): number => {
    const value = environment[name] ?? String(fallback);
    if (!/^\d+$/.test(value) || Number(value) > maximum) refuse(name, value, `a whole number from 0 to ${maximum}`);
    return Number(value);
  };
  const settings: Settings = {
    modelVersion: text("MODEL_VERSION", VERSION_RULE),
    modelName: text("MODEL_NAME", MODEL_RULE),
    timeToFirstTokenMs: wholeNumber("SIMULATED_TIME_TO_FIRST_TOKEN_MS", 20, 60_000),
    interTokenLatencyMs: wholeNumber("SIMULATED_INTER_TOKEN_LATENCY_MS", 5, 10_000),
    drainTimeoutSeconds: wholeNumber("DRAIN_TIMEOUT_SECONDS", 30, 3600),
    buildRevision: text("BUILD_REVISION", REVISION_RULE),
  };
  if (faults.length > 0) throw new SettingsError(faults);
  return Object.freeze(settings);
}
