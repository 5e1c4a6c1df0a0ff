import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { complete, type Answer, type Gateway } from "../../quickstart/traffic.ts";
import { binomialBounds } from "./binomial.ts";
import { gateway, mustPulumi, shift } from "./stack.ts";
import { model, settled } from "./traffic.ts";

/** One client as a browser or an SDK with a cookie jar is: it sends back the cookie that it was given. */
interface Client {
  readonly cookie: string;
  readonly bucket: number;
}

let target: Gateway;
let clients: readonly Client[];

const ask = (headers: Record<string, string> = {}): Promise<Answer> => complete(target, model, headers);

async function newClient(): Promise<Client> {
  const { headers } = await ask();
  const [cookie = ""] = String(headers["set-cookie"]).split(";");
  return { cookie, bucket: Number(cookie.split("=")[1]) };
}

async function versionsOf(headers: Record<string, string> = {}): Promise<readonly (string | undefined)[]> {
  return Promise.all(clients.map(async ({ cookie }) => (await ask({ cookie, ...headers })).version));
}

beforeAll(async () => {
  target = await gateway();
  await mustPulumi("config", "set", "stickyVersions", "true");
  await shift(100);
  await settled(target, "v2");
  await shift(30);
  await vi.waitFor(async () => {
    expect((await ask({ cookie: "vllm-version-bucket=99" })).version).toBe("v1");
  });
  clients = await Promise.all(Array.from({ length: 300 }, newClient));
});

afterAll(async () => {
  await mustPulumi("config", "rm", "stickyVersions");
  await shift(10);
});

describe("sticky versions on a real gateway", () => {
  it("draw new clients by the weight", () => {
    const [low, high] = binomialBounds(clients.length, 0.3, 0.999);
    const drawn = clients.filter(({ bucket }) => bucket < 30).length;
    expect(drawn).toBeGreaterThanOrEqual(low);
    expect(drawn).toBeLessThanOrEqual(high);
  });

  it("keep every client at its version", async () => {
    expect(await versionsOf()).toEqual(clients.map(({ bucket }) => (bucket < 30 ? "v2" : "v1")));
    expect(await versionsOf()).toEqual(clients.map(({ bucket }) => (bucket < 30 ? "v2" : "v1")));
  });

  it("give the header the last word", async () => {
    expect(new Set(await versionsOf({ "x-ab-test": "v2" }))).toEqual(new Set(["v2"]));
  });

  it("move with another weight the buckets between, and nobody else", async () => {
    await shift(50);
    await expect.poll(async () => (await ask({ cookie: "vllm-version-bucket=49" })).version).toBe("v2");
    expect(await versionsOf()).toEqual(clients.map(({ bucket }) => (bucket < 50 ? "v2" : "v1")));
  });

  it("keep nobody at a version without weight", async () => {
    await shift(0);
    await expect.poll(async () => (await ask({ cookie: "vllm-version-bucket=00" })).version).toBe("v1");
    expect(new Set(await versionsOf())).toEqual(new Set(["v1"]));
  });
});
