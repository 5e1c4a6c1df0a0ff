import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { complete, type Gateway } from "../../quickstart/traffic.ts";
import { gateway, kubectl, lastChanges, mustPulumi, namespace, podIdentities, pulumi, shift } from "./stack.ts";
import { model, settled, steadyTraffic } from "./traffic.ts";

interface State {
  readonly deployment: { readonly resources: readonly { readonly urn: string; readonly created?: string }[] };
}

let target: Gateway;

beforeAll(async () => {
  target = await gateway();
});

const set = (path: string, value: string) => mustPulumi("config", "set", "--path", path, value);
const up = () => mustPulumi("up", "--yes", "--skip-preview");
const routed = async (): Promise<string> =>
  kubectl("-n", namespace, "get", "virtualservice", "vllm-service", "-o", "jsonpath={.spec}");

describe("the order of creation", () => {
  it("has the control plane before the pods, and the pods before their traffic", async () => {
    const { deployment } = JSON.parse(await mustPulumi("stack", "export")) as State;
    const created = (name: string): number => {
      const found = deployment.resources.find(({ urn }) => urn.endsWith(`::${name}`))?.created;
      if (found === undefined) throw new Error(`${name} is not in the state`);
      return Date.parse(found);
    };
    const order = ["mesh-base", "mesh-istiod", "vllm-v1-deployment", "routing-virtual-service"].map(created);
    expect(order).toEqual(order.toSorted((left, right) => left - right));
    expect(created("vllm-v2-deployment")).toBeLessThan(created("routing-virtual-service"));
    expect(created("routing-destination-rule")).toBeLessThan(created("routing-virtual-service"));
  });
});

describe("a canary without a ready pod", () => {
  beforeAll(async () => {
    await shift(0);
    await settled(target, "v1");
    // No node takes the pods that would replace the deleted ones.
    await kubectl("cordon", "-l", "kubernetes.io/os=linux");
    await kubectl("-n", namespace, "delete", "pod", "-l", "version=v2", "--grace-period=0", "--force");
  });

  afterAll(async () => {
    await kubectl("uncordon", "-l", "kubernetes.io/os=linux");
    await kubectl("-n", namespace, "wait", "pod", "-l", "version=v2", "--for=condition=Ready", "--timeout=90s");
    await shift(10);
  });

  it("gets no weight: a clear error, no route changes, and the stable version alone holds its floor already", async () => {
    const before = await routed();
    await set("canaryWeight", "20");
    const { code, output } = await pulumi("up", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    expect(output).toContain("canaryWeight is 20, but v2 has no ready pod");
    expect(await routed()).toBe(before);
    expect(await lastChanges()).toEqual({ update: 1 });
    const scaleDown = "jsonpath={.items[*].spec.behavior.scaleDown.selectPolicy}";
    expect(await kubectl("-n", namespace, "get", "hpa", "-o", scaleDown)).toMatch(/^(Disabled Max|Max Disabled)$/);
  });

  it("does not hold up a rollback to 0", async () => {
    await set("canaryWeight", "0");
    await up();
    expect((await complete(target, model)).version).toBe("v1");
  });
});

describe("a canary of another name", () => {
  afterAll(async () => {
    await set("versions[1].name", "v2");
    await up();
    await shift(10);
  });

  it("replaces the old one while the stable version serves on", async () => {
    await shift(0);
    await settled(target, "v1");
    const traffic = steadyTraffic(target);
    await set("versions[1].name", "v3");
    await set("canaryWeight", "50");
    await up();
    await expect
      .poll(async () => (await complete(target, model, { "x-ab-test": "v3" })).version, { timeout: 10_000 })
      .toBe("v3");
    const answers = await traffic.stop();
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(await kubectl("-n", namespace, "get", "deployments", "-l", "version=v2", "-o", "name")).toBe("");
  });
});

describe("an Istio release that is newer", () => {
  it("is upgraded to in place, and no request is lost", async () => {
    const version = (await mustPulumi("config", "get", "--path", "mesh.istioVersion")).trim();
    const pods = await podIdentities();
    const traffic = steadyTraffic(target);
    await set("mesh.istioVersion", `${version}.1`);
    await up();
    const changes = await lastChanges();
    const answers = await traffic.stop();
    console.log(`Istio ${version} -> ${version}.1: ${JSON.stringify(changes)}, ${answers.length} requests meanwhile`);
    expect(Object.keys(changes)).toEqual(["update"]);
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(await podIdentities()).toEqual(pods);
    await set("mesh.istioVersion", version);
    await up();
    await mustPulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
  });
});
