import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Caller, callerPort } from "./caller.ts";
import { kubectl, namespace } from "./stack.ts";

const injected = { "istio-injection": "enabled" };
const withoutSidecar = { "sidecar.istio.io/inject": "false" };
const service = "http://vllm-service.vllm.svc.cluster.local:8000/v1/models";
/** A network policy lets packets of a refused connection disappear. */
const dropped = "TimeoutError";
/** A sidecar ends a connection that it does not take. */
const ended = "ECONNRESET";

/** A pod of no mesh, in a namespace of its own. */
let stranger: Caller;
/** A pod with a sidecar. */
let member: Caller;
/** A pod without one, where the network policies expect one. */
let impostor: Caller;
/** A pod where Prometheus would be. */
let scraper: Caller;
/** A pod beside the versions' pods, without a sidecar. */
let neighbour: Caller;
const all = (): Caller[] => [stranger, member, impostor, scraper, neighbour];
let pod: string;

beforeAll(async () => {
  [stranger, member, impostor, scraper, neighbour] = await Promise.all([
    Caller.start({ namespace: "stranger", namespaceLabels: {} }),
    Caller.start({ namespace: "member", namespaceLabels: injected }),
    Caller.start({ namespace: "impostor", namespaceLabels: injected, labels: withoutSidecar }),
    Caller.start({ namespace: "monitoring", namespaceLabels: {} }),
    Caller.start({ namespace, labels: withoutSidecar }),
  ]);
  const args = ["get", "pods", "-l", "version=v1", "-o", "jsonpath={.items[0].status.podIP}"];
  pod = await kubectl("-n", namespace, ...args);
});

afterAll(async () => {
  await Promise.all(all().map((caller) => caller.remove()));
});

describe("STRICT mutual TLS on a real mesh", () => {
  it("refuses plain text to a pod", async () => {
    expect(await impostor.get(`http://${pod}:8000/v1/models`)).toBe(ended);
  });

  it("refuses a caller without a sidecar at the service", async () => {
    expect(await impostor.get(service)).toBe(ended);
  });

  it("serves a caller with a sidecar", async () => {
    expect(await member.get(service)).toBe(200);
  });

  it("lets a scraper without a sidecar read the metrics of service and sidecar", async () => {
    expect(await scraper.get(`http://${pod}:8001/metrics`)).toBe(200);
    expect(await scraper.get(`http://${pod}:15020/stats/prometheus`)).toBe(200);
    expect(await scraper.get(`http://${pod}:15090/stats/prometheus`)).toBe(200);
  });
});

describe("network policies that are enforced", () => {
  it("let pods outside of the policies' namespaces talk as before", async () => {
    expect(await scraper.get(`http://${stranger.address}:${callerPort}`)).toBe(200);
  });

  it("drop what a stranger sends to the service and to its metrics", async () => {
    expect(await stranger.get(service)).toBe(dropped);
    expect(await stranger.get(`http://${pod}:8000/v1/models`)).toBe(dropped);
    expect(await stranger.get(`http://${pod}:8001/metrics`)).toBe(dropped);
  });

  it("drop what Prometheus sends to the API, and what anybody sends to a sidecar's administration", async () => {
    expect(await scraper.get(`http://${pod}:8000/v1/models`)).toBe(dropped);
    expect(await scraper.get(`http://${pod}:15000/config_dump`)).toBe(dropped);
  });

  it("let a pod beside the versions ask for names and reach the service, where it needs a sidecar", async () => {
    expect(await neighbour.get(service)).toBe(ended);
  });

  it("drop what such a pod sends to other namespaces and to Kubernetes, and what is sent to it", async () => {
    expect(await neighbour.get(`http://${stranger.address}:${callerPort}`)).toBe(dropped);
    expect(await neighbour.get("https://kubernetes.default.svc")).toBe(dropped);
    expect(await stranger.get(`http://${neighbour.address}:${callerPort}`)).toBe(dropped);
  });
});
