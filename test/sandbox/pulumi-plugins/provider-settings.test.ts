import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chooseCluster } from "../../../sandbox/pulumi-plugins/kubernetes/kubeconfig.ts";
import {
  checkSettings,
  movingOptions,
  parseSettings,
  refusedOptions,
} from "../../../sandbox/pulumi-plugins/kubernetes/provider-settings.ts";
import { makeSecret, UNKNOWN } from "../../../sandbox/pulumi-plugins/rpc/property-values.ts";

const ADVICE = 'Where it can be downloaded, the official plugin does it: "pulumi plugin install resource kubernetes".';
const KUBECONFIG = JSON.stringify({
  apiVersion: "v1",
  kind: "Config",
  clusters: [
    { name: "one", cluster: { server: "https://one.test" } },
    { name: "two", cluster: { server: "https://two.test" } },
  ],
  users: [{ name: "me", user: { token: "t" } }],
  contexts: [
    { name: "first", context: { cluster: "one", user: "me", namespace: "team" } },
    { name: "second", context: { cluster: "two", user: "me" } },
    { name: "broken", context: { cluster: "three", user: "me" } },
  ],
  "current-context": "first",
});
let directory: string;
let file: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "kubeconfig-test-"));
  file = join(directory, "config");
  writeFileSync(file, KUBECONFIG);
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

describe("the choice of a cluster", () => {
  const outcome = async (choice: object, environment: NodeJS.ProcessEnv = {}): Promise<object> => {
    const { server, namespace, source } = await chooseCluster(choice, environment);
    return { server, namespace, source };
  };

  test("follows the kubeconfig without a context", async () => {
    const expected = { server: "https://one.test", namespace: "team", source: file };
    expect(await outcome({ kubeconfig: file })).toEqual(expected);
    expect(await outcome({}, { KUBECONFIG: file })).toEqual(expected);
  });

  test("takes contents, a context and a cluster", async () => {
    const source = "the kubeconfig given to the provider";
    const namespace = undefined;
    expect(await outcome({ kubeconfig: KUBECONFIG, context: "second" })).toEqual({
      server: "https://two.test",
      namespace,
      source,
    });
    expect(await outcome({ kubeconfig: KUBECONFIG, cluster: "two" })).toEqual({
      server: "https://two.test",
      namespace: "team",
      source,
    });
  });

  test("names what is missing", async () => {
    await expect(outcome({ kubeconfig: file, context: "nope" })).rejects.toThrow(
      new Error(`the context "nope" is not in ${file}; its contexts are first, second, broken`),
    );
    await expect(outcome({ kubeconfig: file, cluster: "nope" })).rejects.toThrow(
      new Error(`the cluster "nope" is not in ${file}; its clusters are one, two`),
    );
    await expect(outcome({ kubeconfig: file, context: "broken" })).rejects.toThrow(
      new Error(`the cluster of context "broken" is not in ${file}`),
    );
    await expect(outcome({}, { KUBECONFIG: `${file}.gone` })).rejects.toThrow(
      new Error(`the kubeconfig file ${file}.gone does not exist`),
    );
  });
});

describe("provider options", () => {
  test("are read as booleans or as their names", () => {
    const options = { context: "a", kubeconfig: makeSecret("b"), enableSecretMutable: "true", enablePatchForce: true };
    expect(parseSettings(options)).toEqual({
      cluster: { context: "a", kubeconfig: "b" },
      namespace: undefined,
      mutable: { configMaps: false, secrets: true },
      patchForce: true,
    });
  });

  test("that cannot be honoured are refused by name", () => {
    expect(refusedOptions({ renderYamlToDirectory: "x", deleteUnreachable: "false", version: "4.34.2" })).toEqual([
      {
        property: "renderYamlToDirectory",
        reason: `the provider option "renderYamlToDirectory" is not supported by this stand-in for the Kubernetes plugin. ${ADVICE}`,
      },
    ]);
    expect(refusedOptions({ enableServerSideApply: "false" })).toEqual([
      {
        property: "enableServerSideApply",
        reason: `this stand-in for the Kubernetes plugin always uses server-side apply. ${ADVICE}`,
      },
    ]);
  });

  test("that are not known yet are not judged", async () => {
    expect(await checkSettings({ kubeconfig: UNKNOWN, context: "nope" }, {})).toEqual([]);
  });

  test("move the provider only when they lead to another API server", async () => {
    const first = { kubeconfig: file, context: "first" };
    expect(await movingOptions(first, { ...first, context: "second" }, {})).toEqual(["context"]);
    expect(await movingOptions(first, { ...first, kubeconfig: KUBECONFIG }, {})).toEqual([]);
    expect(await movingOptions(first, first, {})).toEqual([]);
    expect(await movingOptions(first, { ...first, kubeconfig: UNKNOWN }, {})).toEqual(["kubeconfig"]);
    expect(await movingOptions(first, { ...first, context: "gone" }, {})).toEqual([]);
  });
});
