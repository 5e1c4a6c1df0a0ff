import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { credentials } from "@grpc/grpc-js";
import pulumiSdk from "@pulumi/pulumi/package.json" with { type: "json" };
import services from "@pulumi/pulumi/proto/language_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/language_pb.js";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb.js";
import type * as pb from "@pulumi/pulumi/proto/language_pb.js";
import empties from "google-protobuf/google/protobuf/empty_pb.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  nodeArguments,
  resultOf,
  runnerArguments,
  runnerEnvironment,
} from "../../../sandbox/pulumi-plugins/language/run-program.ts";
import type { Program } from "../../../sandbox/pulumi-plugins/language/run-program.ts";
import { toStruct } from "../../../sandbox/pulumi-plugins/rpc/property-values.ts";
import { ask, startPlugin } from "./plugin-process.ts";
import type { RunningPlugin } from "./plugin-process.ts";

const program: Program = {
  monitor: "127.0.0.1:1",
  engine: "127.0.0.1:2",
  organization: "organization",
  project: "canary",
  stack: "dev",
  rootDirectory: "/root",
  directory: "/program",
  entryPoint: ".",
  options: {},
  arguments: ["extra"],
  dryRun: true,
  parallel: 8,
  config: { "canary:weight": "10", "kubernetes:context": "kind" },
  secretKeys: ["canary:password"],
};

test("the runner's command line is the official host's", () => {
  expect(runnerArguments(program)).toEqual([
    ...["--monitor", "127.0.0.1:1", "--engine", "127.0.0.1:2", "--organization", "organization"],
    ...["--project", "canary", "--root-directory", "/root", "--stack", "dev", "--pwd", "/program"],
    ...["--dry-run", "--parallel", "8", ".", "extra"],
  ]);
  expect(runnerArguments({ ...program, organization: "", dryRun: false, arguments: [] })).toEqual([
    ...["--monitor", "127.0.0.1:1", "--engine", "127.0.0.1:2", "--project", "canary", "--root-directory", "/root"],
    ...["--stack", "dev", "--pwd", "/program", "--parallel", "8", "."],
  ]);
});

test("the runner's environment holds the configuration and the runtime options", () => {
  const config = {
    PULUMI_CONFIG: '{"canary:config:weight":"10","kubernetes:config:context":"kind"}',
    PULUMI_CONFIG_SECRET_KEYS: '["canary:password"]',
  };
  expect(runnerEnvironment(program)).toEqual({ ...config, PULUMI_NODEJS_TYPESCRIPT: "true" });
  const options = { typescript: false, tsconfig: "other.json" };
  expect(runnerEnvironment({ ...program, options })).toEqual({ ...config, PULUMI_NODEJS_TSCONFIG_PATH: "other.json" });
  expect(() => runnerEnvironment({ ...program, options: { typescript: "no" } })).toThrow(
    new Error("typescript option must be a boolean"),
  );
});

test("node arguments are split like a shell does it", () => {
  expect(nodeArguments({ nodeargs: `--trace-warnings --title="a b" '--x=y z'` })).toEqual([
    "--trace-warnings",
    "--title=a b",
    "--x=y z",
  ]);
  expect(nodeArguments({})).toEqual([]);
});

test.each([
  [0, null, { error: "", isReported: false }],
  [32, null, { error: "", isReported: true }],
  [3, null, { error: "Program exited with non-zero exit code: 3", isReported: false }],
  [null, "SIGINT", { error: "Program was ended by SIGINT", isReported: false }],
])("exit code %s, signal %s", (code, signal, result) => {
  expect(resultOf(code, signal)).toEqual(result);
});

describe("the plugin", () => {
  let plugin: RunningPlugin;
  let client: InstanceType<typeof services.LanguageRuntimeClient>;
  let directory: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "language-host-"));
    const runner = join(directory, "node_modules/@pulumi/pulumi/cmd/run");
    mkdirSync(runner, { recursive: true });
    const script = `
      console.log("ran", process.env.PULUMI_CONFIG, process.argv.at(-1));
      const config = JSON.parse(process.env.PULUMI_CONFIG);
      if (config["canary:config:hang"]) setTimeout(() => {}, 60_000);
      else process.exitCode = Number(config["canary:config:code"]);`;
    writeFileSync(join(runner, "index.js"), script);
    plugin = await startPlugin("pulumi-language-nodejs");
    client = new services.LanguageRuntimeClient(plugin.address, credentials.createInsecure());
  });
  afterAll(async () => {
    client.close();
    rmSync(directory, { recursive: true });
    expect(await plugin.stop()).toBe(0);
  });

  async function run(config: Record<string, string>, where = directory): Promise<[string, boolean]> {
    const info = new messages.ProgramInfo().setProgramDirectory(where).setEntryPoint(".");
    const request = new messages.RunRequest().setInfo(info.setOptions(toStruct({ typescript: false })));
    for (const [name, value] of Object.entries(config)) request.getConfigMap().set(name, value);
    const response = await ask<pb.RunResponse>((done) => client.run(request, done));
    return [response.getError(), response.getBail()];
  }

  test("reports the version of the SDK", async () => {
    const info = await ask<PluginInfo>((done) => client.getPluginInfo(new empties.Empty(), done));
    expect(info.getVersion()).toBe(pulumiSdk.version);
  });

  test("asks the engine for no plugin in advance", async () => {
    const response = await ask<pb.GetRequiredPackagesResponse>((done) =>
      client.getRequiredPackages(new messages.GetRequiredPackagesRequest(), done),
    );
    expect(response.getPackagesList()).toEqual([]);
  });

  test("runs the runner of the program's own SDK and passes its output on", async () => {
    expect(await run({ "canary:code": "0" })).toEqual(["", false]);
    expect(plugin.output()).toContain('ran {"canary:config:code":"0"} .');
  });

  test("tells a reported error from an unreported one", async () => {
    expect(await run({ "canary:code": "32" })).toEqual(["", true]);
    expect(await run({ "canary:code": "1" })).toEqual(["Program exited with non-zero exit code: 1", false]);
  });

  test("says when the SDK is missing", async () => {
    expect(await run({}, tmpdir())).toEqual([
      "It looks like the Pulumi SDK has not been installed. Have you run pulumi install?",
      false,
    ]);
  });

  test("interrupts the program when the engine cancels", async () => {
    const hanging = run({ "canary:hang": "yes" });
    await expect.poll(() => plugin.output(), { timeout: 10_000 }).toContain("canary:config:hang");
    await ask<empties.Empty>((done) => client.cancel(new empties.Empty(), done));
    expect(await hanging).toEqual(["Program was ended by SIGINT", false]);
  });
});
