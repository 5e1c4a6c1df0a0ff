import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Caller } from "./caller.ts";
import { kubectl, namespace } from "./stack.ts";

const injected = { "istio-injection": "enabled" };
const service = "http://vllm-service.vllm.svc.cluster.local:8000";
let outside: Caller;
let inside: Caller;
let podAddress: string;

beforeAll(async () => {
  [outside, inside] = await Promise.all([Caller.start("no-sidecar"), Caller.start("with-sidecar", injected)]);
  const args = ["get", "pods", "-l", "version=v1", "-o", "jsonpath={.items[0].status.podIP}"];
  podAddress = await kubectl("-n", namespace, ...args);
});

afterAll(async () => {
  await Promise.all([outside.remove(), inside.remove()]);
});

describe("STRICT mutual TLS on a real mesh", () => {
  it("refuses plain text to a pod", async () => {
    expect(await outside.get(`http://${podAddress}:8000/health`)).toBe("ECONNRESET");
  });

  it("refuses a caller without a sidecar at the service", async () => {
    expect(await outside.get(`${service}/health`)).toBe("ECONNRESET");
  });

  it("serves a caller with a sidecar", async () => {
    expect(await inside.get(`${service}/v1/models`)).toBe(200);
  });

  it("lets a scraper without a sidecar read the metrics", async () => {
    expect(await outside.get(`http://${podAddress}:8001/metrics`)).toBe(200);
  });
});
