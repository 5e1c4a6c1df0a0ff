import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Release } from "@pulumi/kubernetes/helm/v3/index.js";
import type { CustomResourceOptions } from "@pulumi/pulumi";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { sandboxEnvironment } from "../../sandbox/environment.ts";
import { run } from "./project.ts";
import { openProviderStack, type ProviderStack } from "./provider-stack.ts";
import { kubectl } from "./stack.ts";

const namespace = "helm-releases";
const serving = "touch /tmp/ready; exec sleep infinity";
const crashing = "echo no such model; exit 3";
const deploymentTemplate = `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  selector:
    matchLabels: { app: {{ .Release.Name }} }
  template:
    metadata:
      labels: { app: {{ .Release.Name }} }
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: main
          image: node:24-bookworm-slim
          command: [sh, -c, {{ .Values.script | quote }}]
          readinessProbe: { exec: { command: [test, -e, /tmp/ready] }, periodSeconds: 1 }
`;
const environment = { ...sandboxEnvironment(inject("sandbox")), HELM_NAMESPACE: namespace };
let chart: string;
let stack: ProviderStack;

beforeAll(async () => {
  chart = mkdtempSync(join(tmpdir(), "chart-"));
  mkdirSync(join(chart, "templates"));
  writeFileSync(join(chart, "Chart.yaml"), "apiVersion: v2\nname: server\nversion: 1.2.3\n");
  writeFileSync(join(chart, "templates/deployment.yaml"), deploymentTemplate);
  stack = await openProviderStack(namespace);
});

afterAll(async () => {
  await stack.remove();
  rmSync(chart, { recursive: true });
});

async function helm(...args: string[]): Promise<unknown> {
  const { code, output } = await run("helm", [...args, "--output", "json"], { cwd: chart, env: environment });
  if (code !== 0) throw new Error(output);
  return JSON.parse(output);
}

async function statuses(): Promise<readonly string[]> {
  const revisions = (await helm("history", "server")) as readonly { status: string }[];
  return revisions.map(({ status }) => status);
}

/** A stack with the release `server`, whose pods run the script. */
function server(script: string, timeout = 60) {
  return (options: CustomResourceOptions) => {
    const { status } = new Release(
      "server",
      { name: "server", chart, values: { script }, atomic: true, timeout },
      options,
    );
    return { version: status.version, revision: status.revision };
  };
}

/** Starts to upgrade the release to pods that cannot get ready, and kills helm in the middle of it. */
async function interruptedUpgrade(): Promise<void> {
  const args = ["upgrade", "server", chart, "--set", `script=${crashing}`, "--wait"];
  const child = spawn("helm", args, { env: { ...process.env, ...environment }, stdio: "ignore" });
  const closed = once(child, "close");
  await expect.poll(statuses, { timeout: 10_000 }).toEqual(["deployed", "pending-upgrade"]);
  child.kill("SIGKILL");
  await closed;
}

it("that cannot get ready fails with its pods' reasons and leaves nothing", async () => {
  const { errors } = await stack.up(server(crashing, 8));
  const [what, why, ...more] = errors["server"]?.split("\n") ?? [];
  expect(what).toBe(
    "helm: INSTALLATION FAILED: release server failed, and has been uninstalled due to atomic being set: " +
      "context deadline exceeded",
  );
  expect(why).toMatch(
    /^ {2}- pod server-\S+: container main: (CrashLoopBackOff: .*; )?it ended with exit code 3 \(Error\)$/,
  );
  expect(more).toEqual([]);
  expect(await helm("list", "--all")).toEqual([]);
  const left = () => kubectl("-n", namespace, "get", "deployments,pods,secrets", "-o", "name");
  await expect.poll(left, { timeout: 5_000 }).toBe("");
  expect(await stack.recorded()).not.toContain("server");
});

it("is installed, left alone by the next update, and upgraded after its upgrade was interrupted", async () => {
  const installed = await stack.up(server(serving));
  expect(installed).toEqual({
    steps: { server: ["create"] },
    errors: {},
    warnings: [],
    outputs: { version: "1.2.3", revision: 1 },
  });
  expect(await stack.up(server(serving))).toEqual({ ...installed, steps: {} });
  await interruptedUpgrade();
  const upgraded = await stack.up(server(`true; ${serving}`));
  expect(upgraded).toEqual({
    steps: { server: ["update"] },
    errors: {},
    warnings: ['an earlier operation on the Helm release "server" was interrupted (pending-upgrade): undoing it'],
    outputs: { version: "1.2.3", revision: 4 },
  });
  expect(await statuses()).toEqual(["superseded", "pending-upgrade", "superseded", "deployed"]);
});
