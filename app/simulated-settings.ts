import { DEFAULT_SIMULATED_ENGINE, type SimulatedEngineSettings } from "./engines/simulated/settings.ts";
import type { SettingsReader } from "./settings-reader.ts";

const PERCENTAGES = {
  errorPercent: "SIMULATED_ERROR_PERCENT",
  streamErrorPercent: "SIMULATED_STREAM_ERROR_PERCENT",
  streamAbortPercent: "SIMULATED_STREAM_ABORT_PERCENT",
  streamCutPercent: "SIMULATED_STREAM_CUT_PERCENT",
  stallPercent: "SIMULATED_STALL_PERCENT",
  answerQualityPercent: "SIMULATED_ANSWER_QUALITY_PERCENT",
} as const;

/** The simulated engine's settings that are not the service's own. */
export type SimulatedEngineTuning = Omit<SimulatedEngineSettings, "version" | "model">;

/**
 * Reads the `SIMULATED_` variables. Each is named like the field it sets, documented there with its default: a pace
 * (`SIMULATED_TIME_TO_FIRST_TOKEN_MS`, `SIMULATED_INTER_TOKEN_LATENCY_MS`, `SIMULATED_SLOWDOWN_UNDER_LOAD`), a size
 * (`SIMULATED_MAX_NUM_SEQS`, `SIMULATED_MAX_QUEUED_REQUESTS`, `SIMULATED_KV_CACHE_TOKENS`, `SIMULATED_MAX_MODEL_LENGTH`),
 * `SIMULATED_SEED`, `SIMULATED_STARTUP_SECONDS`, `SIMULATED_LORA_ADAPTERS` (names with commas between), and what makes a
 * version bad: `SIMULATED_…_PERCENT` for `ERROR`, `STREAM_ERROR`, `STREAM_ABORT`, `STREAM_CUT`, `STALL` and
 * `ANSWER_QUALITY`.
 */
export function readSimulatedEngine(read: SettingsReader): SimulatedEngineTuning {
  const usual = DEFAULT_SIMULATED_ENGINE;
  const percent = (field: keyof typeof PERCENTAGES): number => read.number(PERCENTAGES[field], usual[field], 0, 100);
  const maxModelLength = read.wholeNumber("SIMULATED_MAX_MODEL_LENGTH", usual.maxModelLength, 2, 10_000_000);
  const usualCache = Math.max(usual.kvCacheTokens, maxModelLength);
  return {
    loraAdapters: readAdapters(read),
    seed: read.wholeNumber("SIMULATED_SEED", usual.seed, 0, 0xffff_ffff),
    startupSeconds: read.number("SIMULATED_STARTUP_SECONDS", usual.startupSeconds, 0, 3600),
    timeToFirstTokenMs: read.number("SIMULATED_TIME_TO_FIRST_TOKEN_MS", usual.timeToFirstTokenMs, 0, 60_000),
    interTokenLatencyMs: read.number("SIMULATED_INTER_TOKEN_LATENCY_MS", usual.interTokenLatencyMs, 0, 10_000),
    slowdownUnderLoad: read.number("SIMULATED_SLOWDOWN_UNDER_LOAD", usual.slowdownUnderLoad, 1, 100),
    maxNumSeqs: read.wholeNumber("SIMULATED_MAX_NUM_SEQS", usual.maxNumSeqs, 1, 100_000),
    maxQueuedRequests: read.wholeNumber("SIMULATED_MAX_QUEUED_REQUESTS", usual.maxQueuedRequests, 1, 1_000_000),
    kvCacheTokens: read.wholeNumber("SIMULATED_KV_CACHE_TOKENS", usualCache, maxModelLength, 1e9),
    maxModelLength,
    errorPercent: percent("errorPercent"),
    streamErrorPercent: percent("streamErrorPercent"),
    streamAbortPercent: percent("streamAbortPercent"),
    streamCutPercent: percent("streamCutPercent"),
    stallPercent: percent("stallPercent"),
    answerQualityPercent: percent("answerQualityPercent"),
  };
}

function readAdapters(read: SettingsReader): readonly string[] {
  const names = read.text("SIMULATED_LORA_ADAPTERS", {
    pattern: /^$|^[!-+\--~]{1,256}(,[!-+\--~]{1,256})*$/,
    allowed: "adapter names with commas between, such as sql,chat",
    fallback: "",
  });
  return names === "" ? [] : names.split(",");
}
