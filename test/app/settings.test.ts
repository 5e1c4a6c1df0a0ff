import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { readSettings, SettingsError, type Environment } from "../../app/settings.ts";

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
      timeToFirstTokenMs: 20,
      interTokenLatencyMs: 5,
      drainTimeoutSeconds: 30,
      buildRevision: "unknown",
    });
  });

  it("takes every setting from its variable, limits included", () => {
    const environment = {
      MODEL_VERSION: "2-b",
      MODEL_NAME: "m",
      SIMULATED_TIME_TO_FIRST_TOKEN_MS: "60000",
      SIMULATED_INTER_TOKEN_LATENCY_MS: "10000",
      DRAIN_TIMEOUT_SECONDS: "0",
      BUILD_REVISION: "4f2c",
    };
    expect(readSettings(environment)).toEqual({
      modelVersion: "2-b",
      modelName: "m",
      timeToFirstTokenMs: 60_000,
      interTokenLatencyMs: 10_000,
      drainTimeoutSeconds: 0,
      buildRevision: "4f2c",
    });
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
    ...["", "-1", "1.5", "10ms", "1e3", " 5", "60001"].map((value): [string, string, string] => [
      "SIMULATED_TIME_TO_FIRST_TOKEN_MS",
      value,
      `SIMULATED_TIME_TO_FIRST_TOKEN_MS is "${value}": it must be a whole number from 0 to 60000.`,
    ]),
    [
      "SIMULATED_INTER_TOKEN_LATENCY_MS",
      "10001",
      'SIMULATED_INTER_TOKEN_LATENCY_MS is "10001": it must be a whole number from 0 to 10000.',
    ],
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
