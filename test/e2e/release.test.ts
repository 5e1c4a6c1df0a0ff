import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { complete, completeMany, tally, type Gateway } from "../../quickstart/traffic.ts";
import { sandboxEnvironment } from "../../sandbox/environment.ts";
import { foldersOf } from "../../sandbox/folders.ts";
import { binomialBounds } from "./binomial.ts";
import { run } from "./project.ts";
import {
  gateway,
  kubectl,
  lastChanges,
  mustPulumi,
  namespace,
  outputs,
  podIdentities,
  podsOf,
  shift,
} from "./stack.ts";
import { failures, steadyStreams } from "./streams.ts";
import { model, settled, shares, shiftThroughZero, steadyTraffic } from "./traffic.ts";

let target: Gateway;

beforeAll(async () => {
  target = await gateway();
});

describe("npm run up on a real cluster", () => {
  it("ends with who answered 20 requests, the header check, and what to try next", () => {
    const printed = inject("upOutput");
    expect(printed).toMatch(
      /20 requests to http:\/\/127\.77\.0\.\d+ \(Host: vllm-service\.vllm\.svc\.cluster\.local\), canary weight 10/,
    );
    expect(printed).toContain("5 requests with x-ab-test: v2: all answered by v2");
    expect(printed).toContain("pulumi config set canaryWeight 50 && pulumi up --yes");
  });

  it("exports where and what to ask", async () => {
    const { gatewayUrl, host, canaryWeight, versions, tryIt } = await outputs();
    expect({ host, canaryWeight, versions }).toEqual({
      host: "vllm-service.vllm.svc.cluster.local",
      canaryWeight: 10,
      versions: [
        { name: "v1", model, role: "stable" },
        { name: "v2", model, role: "canary" },
      ],
    });
    expect(tryIt.completion).toBe(
      `curl -s ${gatewayUrl}/v1/completions -H "Host: ${host}" -d '{"prompt":"Hello"}' | jq -r .text`,
    );
  });

  it("runs every pod with a sidecar and by the image's digest", async () => {
    const images = await kubectl(
      ...["-n", namespace, "get", "pods", "-o"],
      "jsonpath={range .items[*]}{.spec.containers[*].image} {.spec.initContainers[*].name}{'\\n'}{end}",
    );
    const lines = images.trim().split("\n");
    expect(lines).toHaveLength(2);
    for (const line of lines) {
      expect(line).toMatch(/vllm-istio-canary\/service@sha256:[0-9a-f]{64}/);
      expect(line).toContain("istio-proxy");
    }
  });
});

describe("the canary weight on a real gateway", () => {
  it.each([10, 50])("at %i, 1,000 requests split within the 99.9 percent binomial bounds", async (weight) => {
    await shiftThroughZero(target, weight);
    const counts = await shares(target, 1000);
    const [low, high] = binomialBounds(1000, weight / 100, 0.999);
    console.log(`weight ${weight}: ${JSON.stringify([...counts])}, bounds ${low} to ${high}`);
    expect((counts.get("v1") ?? 0) + (counts.get("v2") ?? 0)).toBe(1000);
    expect(counts.get("v2")).toBeGreaterThanOrEqual(low);
    expect(counts.get("v2")).toBeLessThanOrEqual(high);
  });

  it.each([
    [0, "v1"],
    [100, "v2"],
  ])("at %i, %s alone answers", async (weight, version) => {
    await shift(weight);
    await settled(target, version);
    expect(await shares(target, 200)).toEqual(new Map([[version, 200]]));
  });

  it("is overruled by x-ab-test: v2, 100 of 100, at weight 0", async () => {
    await shift(0);
    await settled(target, "v1");
    const answers = await completeMany(target, model, { count: 100, headers: { "x-ab-test": "v2" } });
    expect(tally(answers)).toEqual(new Map([["v2", 100]]));
  });

  it("changes one resource, restarts no pod, loses no request, and is seen at the gateway", async () => {
    await shiftThroughZero(target, 10);
    const pods = await podIdentities();
    const traffic = steadyTraffic(target);
    const begin = performance.now();
    const changes = await shift(100);
    await settled(target, "v2", 20);
    const seconds = (performance.now() - begin) / 1000;
    const answers = await traffic.stop();
    console.log(`weight 10 -> 100: ${seconds.toFixed(1)} s to the new split; ${answers.length} requests meanwhile`);
    expect(changes).toEqual({ update: 1 });
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(await podIdentities()).toEqual(pods);
  });
});

describe("the domain at a real gateway", () => {
  it("is the service's full name; its short name gets 404", async () => {
    expect((await complete(target, model)).status).toBe(200);
    expect((await complete({ ...target, host: "vllm-service" }, model)).status).toBe(404);
  });
});

describe("pulumi up on a real engine and cluster", () => {
  it("changes nothing the second time", async () => {
    await mustPulumi("up", "--yes", "--skip-preview");
    await mustPulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
    expect(await lastChanges()).toEqual({});
  });

  it("finds no difference to the live objects on refresh", async () => {
    await mustPulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes");
  });

  it("repairs a VirtualService that was deleted by hand, with --refresh", async () => {
    await kubectl("-n", namespace, "delete", "virtualservice", "vllm-service");
    await expect.poll(async () => (await complete(target, model)).status, { timeout: 10_000 }).toBe(404);
    await mustPulumi("up", "--yes", "--skip-preview", "--refresh");
    await expect.poll(async () => (await complete(target, model)).status, { timeout: 10_000 }).toBe(200);
  });

  it("repairs a weight that was changed by hand, with --refresh", async () => {
    await shift(10);
    const patch = [{ op: "replace", path: "/spec/http/1/route/0/weight", value: 0 }];
    await kubectl(
      "-n",
      namespace,
      "patch",
      "virtualservice",
      "vllm-service",
      "--type=json",
      "-p",
      JSON.stringify(patch),
    );
    await mustPulumi("up", "--yes", "--skip-preview", "--refresh");
    const weight = await kubectl(
      ...["-n", namespace, "get", "virtualservice", "vllm-service", "-o", "jsonpath={.spec.http[1].route[0].weight}"],
    );
    expect(weight).toBe("90");
  });
});

describe("a new configuration of the version that is being used", () => {
  it("replaces its pods under open streams, and not one of them is cut or refused", async () => {
    await shift(0);
    await settled(target, "v1");
    const before = await podsOf("v1");
    const streams = steadyStreams(target, 100);
    await mustPulumi("config", "set", "--path", "versions[0].engine.seed", "7");
    await mustPulumi("up", "--yes", "--skip-preview");
    expect(await lastChanges()).toEqual({ update: 1 });
    const left = async () => (await podsOf("v1")).filter((pod) => before.includes(pod));
    await expect.poll(left, { timeout: 90_000, interval: 500 }).toEqual([]);
    const ends = await streams.stop();
    expect(ends.length).toBeGreaterThan(200);
    expect(failures(ends)).toEqual([]);
    process.stdout.write(`rolling update under 100 open streams: ${ends.length} streams, all done\n`);
  });
});

describe("npm run up again", () => {
  const again = () =>
    run("npm", ["run", "--silent", "up", "--", "--name", inject("sandbox")], { cwd: inject("project") });

  it("changes nothing", async () => {
    const { code, output } = await again();
    expect(output).toMatch(/Resources:\s+35 unchanged\s/);
    expect(code).toBe(0);
  });

  it("goes on after a pulumi up that was killed while it held the stack's lock", async () => {
    await mustPulumi("config", "set", "canaryWeight", "30");
    const lock = join(foldersOf(inject("sandbox")).pulumiBackend, ".pulumi/locks");
    const update = spawn("pulumi", ["up", "--non-interactive", "--yes", "--skip-preview"], {
      cwd: inject("project"),
      env: { ...process.env, ...sandboxEnvironment(inject("sandbox")) },
      stdio: "ignore",
    });
    const held = () => readdirSync(lock, { recursive: true, encoding: "utf8" }).some((name) => name.endsWith(".json"));
    await expect.poll(held, { interval: 20, timeout: 10_000 }).toBe(true);
    update.kill("SIGKILL");
    const { code, output } = await again();
    expect(output).toContain("canary weight 30:");
    expect(code).toBe(0);
    await shift(10);
  });
});
