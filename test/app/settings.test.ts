import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { DEFAULT_SIMULATED_ENGINE } from "../../app/engines/simulated/settings.ts";
import { SettingsError, type Environment } from "../../app/settings-reader.ts";
import { readSettings } from "../../app/settings.ts";

const required = { MODEL_VERSION: "v1", MODEL_NAME: "facebook/opt-125m" };

function faultsOf(environment: Environment): readonly string[] {
  try {
    readSettings(environment);
  } catch (error) {
    if (error instanceof SettingsError) return error.faults;
    throw error;
  }
  return [];
}

describe("readSettings", () => {
  it("fills in the defaults", () => {
    expect(readSettings(required)).toEqual({
      modelVersion: "v1",
      modelName: "facebook/opt-125m",
      engine: { kind: "simulated", version: "v1", model: "facebook/opt-125m", ...DEFAULT_SIMULATED_ENGINE },
      engineTimeoutSeconds: 600,
      engineIdleTimeoutSeconds: 60,
      maxRequestBytes: 10_485_760,
      maxTokens: undefined,
      maxChoices: 128,
      maxConcurrentRequests: 1024,
      logPrompts: false,
      logPromptCharacters: 8000,
      drainTimeoutSeconds: 30,
      buildRevision: "unknown",
    });
  });

  it("takes every setting from its variable, limits included", () => {
    const environment = {
      MODEL_VERSION: "2-b",
      MODEL_NAME: "m",
      ENGINE_URL: "http://127.0.0.1:8080",
      ENGINE_TIMEOUT_SECONDS: "1",
      ENGINE_IDLE_TIMEOUT_SECONDS: "86400",
      MAX_REQUEST_BYTES: "1024",
      MAX_TOKENS: "4096",
      MAX_CHOICES: "1",
      MAX_CONCURRENT_REQUESTS: "1000000",
      LOG_PROMPTS: "true",
      LOG_PROMPT_CHARACTERS: "1",
      DRAIN_TIMEOUT_SECONDS: "0",
      BUILD_REVISION: "4f2c",
    };
    expect(readSettings(environment)).toEqual({
      modelVersion: "2-b",
      modelName: "m",
      engine: { kind: "vllm", origin: "http://127.0.0.1:8080" },
      engineTimeoutSeconds: 1,
      engineIdleTimeoutSeconds: 86_400,
      maxRequestBytes: 1024,
      maxTokens: 4096,
      maxChoices: 1,
      maxConcurrentRequests: 1_000_000,
      logPrompts: true,
      logPromptCharacters: 1,
      drainTimeoutSeconds: 0,
      buildRevision: "4f2c",
    });
  });

  it("takes every setting of the simulated engine from its variable", () => {
    const simulated = {
      SIMULATED_LORA_ADAPTERS: "sql,chat",
      SIMULATED_SEED: "7",
      SIMULATED_STARTUP_SECONDS: "1.5",
      SIMULATED_TIME_TO_FIRST_TOKEN_MS: "60000",
      SIMULATED_INTER_TOKEN_LATENCY_MS: "0.5",
      SIMULATED_SLOWDOWN_UNDER_LOAD: "2.5",
      SIMULATED_MAX_NUM_SEQS: "1",
      SIMULATED_MAX_QUEUED_REQUESTS: "2",
      SIMULATED_KV_CACHE_TOKENS: "300000",
      SIMULATED_MAX_MODEL_LENGTH: "300000",
      SIMULATED_ERROR_PERCENT: "1",
      SIMULATED_STREAM_ERROR_PERCENT: "2",
      SIMULATED_STREAM_ABORT_PERCENT: "3",
      SIMULATED_STREAM_CUT_PERCENT: "4",
      SIMULATED_STALL_PERCENT: "0.1",
      SIMULATED_ANSWER_QUALITY_PERCENT: "100",
    };
    expect(readSettings({ ...required, ...simulated }).engine).toEqual({
      kind: "simulated",
      version: "v1",
      model: "facebook/opt-125m",
      loraAdapters: ["sql", "chat"],
      seed: 7,
      startupSeconds: 1.5,
      timeToFirstTokenMs: 60_000,
      interTokenLatencyMs: 0.5,
      slowdownUnderLoad: 2.5,
      maxNumSeqs: 1,
      maxQueuedRequests: 2,
      kvCacheTokens: 300_000,
      maxModelLength: 300_000,
      errorPercent: 1,
      streamErrorPercent: 2,
      streamAbortPercent: 3,
      streamCutPercent: 4,
      stallPercent: 0.1,
      answerQualityPercent: 100,
    });
  });

  it("refuses a simulated engine's settings beside a real engine", () => {
    const both = { ENGINE_URL: "http://127.0.0.1:8080", SIMULATED_SEED: "1", SIMULATED_ERROR_PERCENT: "2" };
    const absent = "it must be absent when ENGINE_URL is set, which says that a real engine answers.";
    expect(faultsOf({ ...required, ...both })).toEqual([
      `SIMULATED_ERROR_PERCENT is "2": ${absent}`,
      `SIMULATED_SEED is "1": ${absent}`,
    ]);
  });

  const version = "it must be 1 to 63 lower-case letters, digits and inner dashes, such as v1.";
  const printable = "printable characters without spaces.";
  it.each<[name: string, value: string | undefined, fault: string]>([
    ["MODEL_VERSION", undefined, `MODEL_VERSION is not set: ${version}`],
    ["MODEL_VERSION", "", `MODEL_VERSION is "": ${version}`],
    ["MODEL_VERSION", "V1", `MODEL_VERSION is "V1": ${version}`],
    ["MODEL_VERSION", "v1-", `MODEL_VERSION is "v1-": ${version}`],
    ["MODEL_VERSION", "v1\nx", `MODEL_VERSION is "v1\\nx": ${version}`],
    ["MODEL_NAME", undefined, `MODEL_NAME is not set: it must be 1 to 256 ${printable}`],
    ["MODEL_NAME", "a b", `MODEL_NAME is "a b": it must be 1 to 256 ${printable}`],
    ["BUILD_REVISION", "", `BUILD_REVISION is "": it must be 1 to 128 ${printable}`],
    ...["", "-1", "1.", "10ms", "1e3", " 5", "60001"].map((value): [string, string, string] => [
      "SIMULATED_TIME_TO_FIRST_TOKEN_MS",
      value,
      `SIMULATED_TIME_TO_FIRST_TOKEN_MS is "${value}": it must be a number from 0 to 60000.`,
    ]),
    [
      "SIMULATED_INTER_TOKEN_LATENCY_MS",
      "10001",
      'SIMULATED_INTER_TOKEN_LATENCY_MS is "10001": it must be a number from 0 to 10000.',
    ],
    [
      "ENGINE_URL",
      "vllm:8080",
      'ENGINE_URL is "vllm:8080": it must be a URL without path, such as http://127.0.0.1:8080.',
    ],
    ["MAX_TOKENS", "0", 'MAX_TOKENS is "0": it must be a whole number from 1 to 10000000.'],
    ["MAX_CHOICES", "1.5", 'MAX_CHOICES is "1.5": it must be a whole number from 1 to 16384.'],
    ["LOG_PROMPTS", "yes", 'LOG_PROMPTS is "yes": it must be true or false.'],
    [
      "SIMULATED_KV_CACHE_TOKENS",
      "100",
      'SIMULATED_KV_CACHE_TOKENS is "100": it must be a whole number from 8192 to 1000000000.',
    ],
    ["SIMULATED_ERROR_PERCENT", "100.1", 'SIMULATED_ERROR_PERCENT is "100.1": it must be a number from 0 to 100.'],
    ["DRAIN_TIMEOUT_SECONDS", "3601", 'DRAIN_TIMEOUT_SECONDS is "3601": it must be a whole number from 0 to 3600.'],
  ])("refuses %s=%j", (name, value, fault) => {
    expect(faultsOf({ ...required, [name]: value })).toEqual([fault]);
  });
});

describe("the process", () => {
  it("prints every fault on a line of its own and exits 1", () => {
    const env = { MODEL_NAME: "", DRAIN_TIMEOUT_SECONDS: "soon" };
    const result = spawnSync(process.execPath, ["app/server.ts"], { env, encoding: "utf8" });
    expect(result.stderr).toBe(
      [
        `MODEL_VERSION is not set: it must be 1 to 63 lower-case letters, digits and inner dashes, such as v1.`,
        `MODEL_NAME is "": it must be 1 to 256 printable characters without spaces.`,
        `DRAIN_TIMEOUT_SECONDS is "soon": it must be a whole number from 0 to 3600.`,
        "",
      ].join("\n"),
    );
    expect(result.stdout).toBe("");
    expect(result.status).toBe(1);
  });

  it("exits 1 when a port is taken", async () => {
    const holder = createServer().listen(0);
    onTestFinished(() => void holder.close());
    await once(holder, "listening");
    const { port } = holder.address() as AddressInfo;
    const program = `import { main } from "./app/server.ts"; await main(process.env, { api: ${port}, metrics: 0 });`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program], { env: required });
    const [stderr, exit] = await Promise.all([text(child.stderr), once(child, "exit")]);
    expect(stderr).toContain(`EADDRINUSE: address already in use`);
    expect(exit).toEqual([1, null]);
  });
});
