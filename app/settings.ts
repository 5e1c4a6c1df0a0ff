import type { SimulatedEngineSettings } from "./engines/simulated/settings.ts";
import { createSettingsReader, type Environment, type SettingsReader, type TextRule } from "./settings-reader.ts";
import { readSimulatedEngine } from "./simulated-settings.ts";

/** Everything the service is told by its environment. Read once, at start. */
export interface Settings {
  /** `MODEL_VERSION`, required. Release version this process serves, such as `v1`: response header and `version` label. */
  readonly modelVersion: string;
  /** `MODEL_NAME`, required. Name of the served base model, such as `facebook/opt-125m`. */
  readonly modelName: string;
  /**
   * `ENGINE_URL`: where vLLM listens, such as `http://127.0.0.1:8080`. Without it the service brings a simulated engine,
   * described by the settings that begin with `SIMULATED_`; both together are refused.
   */
  readonly engine: { readonly kind: "vllm"; readonly origin: string } | SimulatedEngineChoice;
  /** `ENGINE_TIMEOUT_SECONDS`: longest wait for the first byte of an answer, 1 to 86400, default 600. */
  readonly engineTimeoutSeconds: number;
  /** `ENGINE_IDLE_TIMEOUT_SECONDS`: longest silence inside an answer, 1 to 86400, default 60. */
  readonly engineIdleTimeoutSeconds: number;
  /** `MAX_REQUEST_BYTES`: largest request body, 1024 to 1073741824, default 10485760 (10 MiB). */
  readonly maxRequestBytes: number;
  /**
   * `MAX_TOKENS`: most tokens a client may ask for, for one choice, 1 to 10000000. By default the engine alone decides,
   * as it always does for a request that asks for no number (vLLM: `--override-generation-config`).
   */
  readonly maxTokens: number | undefined;
  /** `MAX_CHOICES`: most choices of one request, `n` times its prompts, 1 to 16384, default 128. */
  readonly maxChoices: number;
  /** `MAX_CONCURRENT_REQUESTS`: requests at a time, further ones get status 503, 1 to 1000000, default 1024. */
  readonly maxConcurrentRequests: number;
  /** `LOG_PROMPTS`: whether the request log holds prompts, redacted: default false. */
  readonly logPrompts: boolean;
  /** `LOG_PROMPT_CHARACTERS`: where a logged prompt is cut, 1 to 1000000, default 8000. */
  readonly logPromptCharacters: number;
  /** `DRAIN_TIMEOUT_SECONDS`: longest wait for open requests after SIGTERM, 0 to 3600, default 30. */
  readonly drainTimeoutSeconds: number;
  /** `BUILD_REVISION`: source revision the image was built from, default `unknown`. */
  readonly buildRevision: string;
}

/** The simulated engine, with its settings. */
export interface SimulatedEngineChoice extends SimulatedEngineSettings {
  readonly kind: "simulated";
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
const ORIGIN_RULE: TextRule = {
  pattern: /^http:\/\/[a-zA-Z0-9.-]+(:\d{1,5})?$/,
  allowed: "a URL without path, such as http://127.0.0.1:8080",
};

/**
 * Reads the settings from environment variables, named in {@link Settings}.
 *
 * @throws {SettingsError} that lists every fault, not only the first
 */
export function readSettings(environment: Environment): Settings {
  const read = createSettingsReader(environment);
  const modelVersion = read.text("MODEL_VERSION", VERSION_RULE);
  const modelName = read.text("MODEL_NAME", MODEL_RULE);
  const settings: Settings = {
    modelVersion,
    modelName,
    engine: readEngine(read, environment, modelVersion, modelName),
    engineTimeoutSeconds: read.wholeNumber("ENGINE_TIMEOUT_SECONDS", 600, 1, 86_400),
    engineIdleTimeoutSeconds: read.wholeNumber("ENGINE_IDLE_TIMEOUT_SECONDS", 60, 1, 86_400),
    maxRequestBytes: read.wholeNumber("MAX_REQUEST_BYTES", 10 * 1024 * 1024, 1024, 1024 ** 3),
    maxTokens: read.has("MAX_TOKENS") ? read.wholeNumber("MAX_TOKENS", 1, 1, 10_000_000) : undefined,
    maxChoices: read.wholeNumber("MAX_CHOICES", 128, 1, 16_384),
    maxConcurrentRequests: read.wholeNumber("MAX_CONCURRENT_REQUESTS", 1024, 1, 1_000_000),
    logPrompts: read.flag("LOG_PROMPTS", false),
    logPromptCharacters: read.wholeNumber("LOG_PROMPT_CHARACTERS", 8000, 1, 1_000_000),
    drainTimeoutSeconds: read.wholeNumber("DRAIN_TIMEOUT_SECONDS", 30, 0, 3600),
    buildRevision: read.text("BUILD_REVISION", REVISION_RULE),
  };
  read.finish();
  return Object.freeze(settings);
}

function readEngine(
  read: SettingsReader,
  environment: Environment,
  version: string,
  model: string,
): Settings["engine"] {
  if (!read.has("ENGINE_URL")) return { kind: "simulated", version, model, ...readSimulatedEngine(read) };
  for (const name of Object.keys(environment)
    .filter((each) => each.startsWith("SIMULATED_"))
    .sort()) {
    read.refuse(name, "absent when ENGINE_URL is set, which says that a real engine answers");
  }
  return { kind: "vllm", origin: read.text("ENGINE_URL", ORIGIN_RULE) };
}
