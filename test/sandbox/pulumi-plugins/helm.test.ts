import { describe, expect, test } from "vitest";
import {
  installArguments,
  uninstallArguments,
  upgradeArguments,
  valuesText,
} from "../../../sandbox/pulumi-plugins/helm/helm-arguments.ts";
import { helmMessage } from "../../../sandbox/pulumi-plugins/helm/helm-command.ts";
import { refusedReleaseInputs, withReleaseDefaults } from "../../../sandbox/pulumi-plugins/helm/release-inputs.ts";
import {
  isInterrupted,
  parseRelease,
  previewedOutputs,
  releaseOutputs,
  resourceNames,
} from "../../../sandbox/pulumi-plugins/helm/release-state.ts";
import { makeSecret, UNKNOWN } from "../../../sandbox/pulumi-plugins/rpc/property-values.ts";

const release = { name: "base", namespace: "istio-system", chart: "base", timeout: 300 };
const common = ["--wait", "--timeout", "300s", "--values", "-", "--output", "json"];

describe("command lines", () => {
  test("a plain release is awaited", () => {
    expect(installArguments(release)).toEqual(["install", "base", "base", "--namespace", "istio-system", ...common]);
    expect(upgradeArguments(release)).toEqual([
      ...["upgrade", "base", "base", "--namespace", "istio-system"],
      ...common,
      ...["--reset-values", "--history-max", "0"],
    ]);
  });

  test("every option has its flag, and values stay off the command line", () => {
    const options = {
      ...release,
      ...{ version: "1.30.4", repositoryOpts: { repo: "https://charts.test", caFile: "/ca.pem" } },
      ...{ atomic: true, createNamespace: true, skipCrds: true, cleanupOnFail: true, dependencyUpdate: true },
      ...{ waitForJobs: true, maxHistory: 3, description: "x", values: { password: "secret" } },
    };
    expect(upgradeArguments(options)).toEqual([
      ...["upgrade", "base", "base", "--version", "1.30.4", "--repo", "https://charts.test", "--ca-file", "/ca.pem"],
      ...["--namespace", "istio-system", "--atomic", "--create-namespace", "--dependency-update", "--skip-crds"],
      ...["--wait", "--wait-for-jobs", "--timeout", "300s", "--description", "x", "--values", "-", "--output", "json"],
      ...["--reset-values", "--cleanup-on-fail", "--history-max", "3"],
    ]);
  });

  test("skipAwait waits for nothing", () => {
    const { name, namespace, chart } = release;
    expect(installArguments({ name, namespace, chart, skipAwait: true, waitForJobs: true })).toEqual([
      ...["install", "base", "base", "--namespace", "istio-system", "--values", "-", "--output", "json"],
    ]);
  });

  test("a removal waits until the objects are gone", () => {
    const scope = ["uninstall", "base", "--namespace", "istio-system"];
    expect(uninstallArguments(release, 90.5)).toEqual([
      ...scope,
      "--wait",
      "--cascade",
      "foreground",
      "--timeout",
      "91s",
    ]);
    expect(uninstallArguments({ ...release, skipAwait: true }, 0)).toEqual(scope);
  });

  test("values are JSON, nulls included", () => {
    expect(valuesText({ values: { a: null, b: ["x"] } })).toBe('{"a":null,"b":["x"]}');
    expect(valuesText({})).toBe("{}");
  });
});

describe("inputs", () => {
  const advice =
    'Where it can be downloaded, the official plugin does it: "pulumi plugin install resource kubernetes".';
  const unsupported = (name: string): object => ({
    property: name,
    reason: `"${name}" is not supported by this stand-in for the Kubernetes plugin. ${advice}`,
  });
  test.each([
    [{ chart: "a", values: { a: null }, timeout: 5, atomic: true, version: UNKNOWN }, []],
    [{ chart: "a", verify: true }, [unsupported("verify")]],
    [{ chart: "a", verify: false, allowNullValues: true, compat: "true" }, []],
    [{ chart: "a", valueYamlFiles: [] }, [unsupported("valueYamlFiles")]],
    [{ chart: "a", repositoryOpts: { repo: "x", password: "y" } }, [unsupported("repositoryOpts.password")]],
    [{ chart: "a", timeout: "5" }, [{ property: "timeout", reason: "must be a number" }]],
    [{ chart: "a", values: "x" }, [{ property: "values", reason: "must be an object" }]],
    [{}, [{ property: "chart", reason: "the chart to install is missing" }]],
  ])("%j", (inputs, failures) => {
    expect(refusedReleaseInputs(inputs)).toEqual(failures);
  });

  test("name, namespace and timeout are filled in, and a made-up name is kept", () => {
    const naming = { logicalName: "istiod", randomSeed: new Uint8Array([1]), disabled: false };
    const completed = { chart: "a", name: "istiod-4bf5122f", namespace: "team", timeout: 300 };
    expect(withReleaseDefaults({ chart: "a", compat: "true" }, {}, "team", naming)).toEqual(completed);
    expect(withReleaseDefaults({ chart: "a", skipAwait: true }, { name: "old" }, "team", naming)).toEqual({
      chart: "a",
      name: "old",
      namespace: "team",
      skipAwait: true,
    });
  });
});

describe("state", () => {
  const manifest = `---
# Source: a
apiVersion: v1
kind: ConfigMap
metadata: {name: b, namespace: n}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
---
`;
  const status = {
    ...{ name: "base", namespace: "n", version: 3, manifest },
    ...{ info: { status: "deployed" }, config: { token: "x", level: 1 } },
  };
  const live = parseRelease(status, { chart: "base", version: "1.2.3", appVersion: "4" });

  test("a manifest's objects are listed by kind", () => {
    expect(resourceNames(manifest)).toEqual({
      "ConfigMap/v1": ["a", "n/b"],
      "Deployment.apps/apps/v1": ["web"],
    });
  });

  test("the outputs are the inputs, what Helm knows, and secrets as secrets", () => {
    const inputs = { chart: "base", name: "base", version: "1.2.3", values: { token: makeSecret("x"), level: 1 } };
    expect(releaseOutputs(inputs, live)).toEqual({
      ...{ chart: "base", name: "base", version: "1.2.3" },
      values: { token: makeSecret("x"), level: 1 },
      resourceNames: { "ConfigMap/v1": ["a", "n/b"], "Deployment.apps/apps/v1": ["web"] },
      status: {
        ...{ name: "base", namespace: "n", revision: 3, status: "deployed" },
        ...{ chart: "base", version: "1.2.3", appVersion: "4" },
      },
      __inputs: makeSecret(inputs),
    });
    expect(previewedOutputs(inputs)).toEqual({ ...inputs, resourceNames: UNKNOWN, status: UNKNOWN });
  });

  test("only a pending release is an interrupted one", () => {
    expect(isInterrupted({ ...live, status: "pending-upgrade" })).toBe(true);
    expect(isInterrupted({ ...live, status: "failed" })).toBe(false);
    expect(isInterrupted(undefined)).toBe(false);
  });
});

test.each([
  ["Error: INSTALLATION FAILED: timed out\n", "INSTALLATION FAILED: timed out"],
  ["WARNING: kubeconfig is group-readable\nI0101 00:00:00 x\nError: release: not found\n", "release: not found"],
  ["", "helm failed without a message"],
])("Helm's message %j", (errors, message) => {
  expect(helmMessage(errors)).toBe(message);
});
