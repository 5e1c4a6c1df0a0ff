import type { types } from "@pulumi/kubernetes";
import { Deployment } from "@pulumi/kubernetes/apps/v1/index.js";
import { Job } from "@pulumi/kubernetes/batch/v1/index.js";
import { ConfigMap, PersistentVolumeClaim, Service } from "@pulumi/kubernetes/core/v1/index.js";
import type { CustomResourceOptions } from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openProviderStack, type ProviderStack, type Update } from "./provider-stack.ts";
import { kubectl } from "./stack.ts";

type Container = Omit<types.input.core.v1.Container, "name">;
type PodSpec = types.input.core.v1.PodSpec;

const namespace = "kubernetes-provider";
const pause: Container = { image: "registry.k8s.io/pause:3.10" };
let stack: ProviderStack;

const get = (...args: string[]) => kubectl("-n", namespace, "get", ...args);

/** A container that runs a shell script. */
function script(text: string): Container {
  return { image: "node:24-bookworm-slim", command: ["sh", "-c", text] };
}

/** The same, not ready until the script makes the file /tmp/ready: without a probe it would be as soon as it runs. */
function probed(text: string): Container {
  return { ...script(text), readinessProbe: { exec: { command: ["test", "-e", "/tmp/ready"] }, periodSeconds: 1 } };
}

function pod(container: Container): PodSpec {
  return { terminationGracePeriodSeconds: 0, containers: [{ name: "main", ...container }] };
}

function deployment(name: string, spec: PodSpec, options: CustomResourceOptions, app = name): Deployment {
  const labels = { app };
  const template = { metadata: { labels }, spec };
  return new Deployment(name, { metadata: { name }, spec: { selector: { matchLabels: labels }, template } }, options);
}

function job(name: string, container: Container, options: CustomResourceOptions): Job {
  const template = { spec: { ...pod(container), restartPolicy: "Never" } };
  return new Job(name, { metadata: { name }, spec: { backoffLimit: 0, template } }, options);
}

function service(name: string, app: string, options: CustomResourceOptions): Service {
  return new Service(name, { metadata: { name }, spec: { selector: { app }, ports: [{ port: 80 }] } }, options);
}

beforeAll(async () => {
  stack = await openProviderStack(namespace);
});

afterAll(async () => {
  await stack.remove();
  expect(await kubectl("get", "namespaces", "-o", "name")).not.toContain(namespace);
});

describe("objects that get ready", () => {
  const slow = probed("sleep 5; touch /tmp/ready; sleep infinity");
  const program = (options: CustomResourceOptions) => {
    const metadata = { labels: { app: "slow" }, annotations: { "pulumi.com/skipAwait": "true" } };
    const server = new Deployment(
      "slow",
      { metadata, spec: { selector: { matchLabels: { app: "slow" } }, template: { metadata, spec: pod(slow) } } },
      options,
    );
    service("front", "slow", { ...options, dependsOn: server });
    new ConfigMap("settings", { metadata: { name: "settings" }, data: { mode: "fast" } }, options);
    return { succeeded: job("task", script("sleep 1"), options).status.succeeded };
  };
  let first: Update;
  let endpoints: string;

  beforeAll(async () => {
    first = await stack.up(program);
    endpoints = await get("endpointslices", "-o", "jsonpath={.items[*].endpoints[*].conditions.ready}");
  });

  it("are created without an error", () => {
    const create = ["create"];
    expect(first.errors).toEqual({});
    expect(first.steps).toMatchObject({ slow: create, front: create, settings: create, task: create });
  });

  it("are awaited: a Job until it is complete", () => {
    expect(first.outputs).toEqual({ succeeded: 1 });
  });

  it("are awaited: a Service until the pods behind it are ready", () => {
    expect(endpoints).toBe("true");
  });

  it("are left alone by the next update", async () => {
    expect(await stack.up(program)).toEqual({ ...first, steps: {} });
  });

  it("are made again by an update after a refresh when they were deleted by hand", async () => {
    await kubectl("-n", namespace, "delete", "configmap", "settings");
    await stack.refresh();
    expect((await stack.up(program)).steps).toEqual({ settings: ["create"] });
    expect(await get("configmap", "settings", "-o", "jsonpath={.data}")).toBe('{"mode":"fast"}');
  });
});

describe("objects that change", () => {
  const program = (app: string) => (options: CustomResourceOptions) => {
    const { metadata } = new ConfigMap("named-by-pulumi", { data: { app } }, options);
    const volumes = [{ name: "settings", configMap: { name: metadata.name } }];
    deployment("follower", { ...pod(pause), volumes }, options);
    return { uid: deployment("fixed", pod(pause), options, app).metadata.uid, name: metadata.name };
  };
  let before: Update;
  let after: Update;

  beforeAll(async () => {
    before = await stack.up(program("one"));
    after = await stack.up(program("other"));
  });

  it("are changed without an error", () => {
    expect([before.errors, after.errors]).toEqual([{}, {}]);
  });

  it("are deleted and then created when a Deployment of a fixed name gets another selector", async () => {
    expect(after.steps["fixed"]).toEqual(["delete-replaced", "replace", "create-replacement"]);
    expect(after.outputs["uid"]).not.toBe(before.outputs["uid"]);
    expect(await get("deployment", "fixed", "-o", "jsonpath={.metadata.uid} {.spec.selector.matchLabels.app}")).toBe(
      `${String(after.outputs["uid"])} other`,
    );
  });

  it("are made under a new name, which dependants follow, when a ConfigMap gets other data", async () => {
    const name = String(after.outputs["name"]);
    expect(after.steps["named-by-pulumi"]).toEqual(["create-replacement", "replace", "delete-replaced"]);
    expect(after.steps["follower"]).toEqual(["update"]);
    expect(before.outputs["name"]).toMatch(/^named-by-pulumi-[0-9a-f]{8}$/);
    expect(name).not.toBe(before.outputs["name"]);
    const live = (await get("configmaps", "-o", "name")).split("\n").filter((line) => line.includes("named-by-pulumi"));
    expect(live).toEqual([`configmap/${name}`]);
    const path = "{.spec.template.spec.volumes[0].configMap.name}";
    expect(await get("deployment", "follower", "-o", `jsonpath=${path}`)).toBe(name);
  });
});

describe("objects that cannot be", () => {
  const absent: Container = { image: "registry.k8s.io/absent:1" };
  const wrong = (options: CustomResourceOptions) => {
    const short = { ...options, customTimeouts: { create: "6s" } };
    const misspelt = { ...pause, imagePullPolcy: "Always" };
    deployment("misspelt", pod(misspelt), options);
    new ConfigMap("taken", { metadata: { name: "taken" }, data: { owner: "us" } }, options);
    deployment("unpulled", pod(absent), short);
    deployment("crashing", pod(probed(`echo loading; echo '{"error":"no model"}' >&2; exit 3`)), short);
    job("failing", script(`echo '{"error":"no memory"}'; exit 7`), options);
    const resources = { requests: { storage: "1Gi" } };
    const claim = { accessModes: ["ReadWriteOnce"], resources };
    new PersistentVolumeClaim("unbound", { metadata: { name: "unbound" }, spec: claim }, short);
    return {};
  };
  let failed: Update;
  let uid: string;

  /** The lines of what went wrong with a resource, without the engine's frame, and without what its pod's name ends in. */
  function reasons(name: string): readonly string[] {
    const lines = failed.errors[name]?.split("\n") ?? [];
    const podName = new RegExp(`\\b${name}(-[0-9a-f]+)?-[a-z0-9]{5}\\b`, "g");
    return lines
      .map((line) => line.replace(/^\t\* /, "").replaceAll(podName, name))
      .filter((line) => line !== "1 error occurred:");
  }

  beforeAll(async () => {
    await kubectl("-n", namespace, "create", "configmap", "taken", "--from-literal=owner=them");
    failed = await stack.up(wrong);
    uid = await get("deployment", "unpulled", "-o", "jsonpath={.metadata.uid}");
  });

  it("are refused by the path of a misspelt field, and not created", async () => {
    expect(failed.errors["misspelt"]).toBe(
      `failed to create typed patch object (${namespace}/misspelt; apps/v1, Kind=Deployment): ` +
        '.spec.template.spec.containers[name="main"].imagePullPolcy: field not declared in schema',
    );
    expect(await get("deployments", "-o", "name")).not.toContain("misspelt");
  });

  it("are refused, not adopted, when another owner made them", async () => {
    expect(failed.errors["taken"]).toBe(
      `ConfigMap "${namespace}/taken" (v1) already exists and does not belong to this resource. ` +
        "Delete it, choose another metadata.name, or adopt it with the resource option `import` or `pulumi import`.",
    );
    expect(await get("configmap", "taken", "-o", "jsonpath={.data.owner}")).toBe("them");
  });

  it("tell the image that cannot be pulled", () => {
    const [what, state, why, ...more] = reasons("unpulled");
    expect([what, state]).toEqual([
      "Deployment unpulled did not become ready within 6 s",
      "  - 0 of 1 replicas are available",
    ]);
    expect(why).toMatch(
      /^ {2}- pod unpulled: container main: (ErrImagePull|ImagePullBackOff): .*"registry\.k8s\.io\/absent:1"/,
    );
    expect(more).toEqual([]);
  });

  it("tell the exit code and the last words of a container that crashes", () => {
    const [what, state, why, ...words] = reasons("crashing");
    expect([what, state]).toEqual([
      "Deployment crashing did not become ready within 6 s",
      "  - 0 of 1 replicas are available",
    ]);
    expect(why).toMatch(
      /^ {2}- pod crashing: container main: (CrashLoopBackOff: .*; )?it ended with exit code 3 \(Error\)$/,
    );
    expect(words[0]).toBe("  - the last lines of container main in pod crashing:");
    // One line went to each output; the runtime reads them apart, so it may log them in either order.
    expect(words.slice(1).toSorted()).toEqual(["    loading", '    {"error":"no model"}']);
  });

  it("tell why a Job failed", () => {
    expect(reasons("failing")).toEqual([
      "Job failing did not become ready",
      "  - the Job failed: BackoffLimitExceeded: Job has reached the specified backoff limit",
      "  - pod failing: container main: it ended with exit code 7 (Error)",
      "  - the last lines of container main in pod failing:",
      '    {"error":"no memory"}',
    ]);
  });

  it("tell why a claim gets no volume", () => {
    expect(reasons("unbound")).toEqual([
      "PersistentVolumeClaim unbound did not become ready within 6 s",
      "  - the claim is not bound to a volume",
      "  - FailedBinding: no persistent volumes available for this claim and no storage class is set",
    ]);
  });

  it("keep their state where they exist, and the next good update repairs them", async () => {
    const names = Object.keys(failed.errors).toSorted();
    expect(names).toEqual(["crashing", "failing", "misspelt", "taken", "unbound", "unpulled"]);
    const recorded = await stack.recorded();
    expect(names.filter((name) => recorded.includes(name))).toEqual(["crashing", "failing", "unbound", "unpulled"]);
    const good = await stack.up((options) => ({ uid: deployment("unpulled", pod(pause), options).metadata.uid }));
    expect(good.errors).toEqual({});
    expect(good.steps["unpulled"]).toEqual(["update"]);
    expect(good.outputs).toEqual({ uid });
    expect(await get("deployments", "-o", "name")).toBe("deployment.apps/unpulled\n");
  });
});
