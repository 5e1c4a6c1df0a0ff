import * as pulumi from "@pulumi/pulumi";
import { beforeEach, describe, expect, it } from "vitest";
import {
  CanaryRouting,
  type CanaryRoutingArgs,
  destinationRuleSpec,
  gatewaySpec,
  serviceSpec,
  virtualServiceSpec,
} from "../../components/canary-routing.ts";
import { canaryRoutes } from "../../components/routes.ts";
import { GATEWAY_PODS } from "../../components/gateway-address.ts";
import { mockEngine, type Recorder, registered, valueOf } from "../mocks.ts";

const HOST = "vllm-service.llm.svc.cluster.local";
const SPLIT = { stable: "v1", canary: "v2", canaryWeight: 30 };
const ARGS: CanaryRoutingArgs = {
  ...SPLIT,
  namespace: "llm",
  gatewaySelector: GATEWAY_PODS,
  hosts: ["llm.example.com"],
  tlsSecret: "llm-tls",
  stickyVersions: true,
  readyPods: { stable: 1, canary: 1 },
};

/** The different messages of what is rejected, and handled by nobody, while `act` runs: so a program fails. */
async function rejectionsOf(act: () => Promise<void>): Promise<string[]> {
  const messages = new Set<string>();
  const listeners = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", (reason) => messages.add(reason instanceof Error ? reason.message : "not an Error"));
  try {
    await act();
    // Rejections are reported after the microtasks of the turn in which nobody handled them.
    await new Promise(setImmediate);
  } finally {
    process.removeAllListeners("unhandledRejection");
    for (const listener of listeners) process.on("unhandledRejection", listener);
  }
  return [...messages];
}

describe("pure: specs", () => {
  it("routes the full host name and the public ones, from the gateway and from sidecars", () => {
    const split = { ...SPLIT, stickiness: undefined };
    expect(virtualServiceSpec("llm", "edge", ["llm.example.com"], split)).toEqual({
      hosts: [HOST, "llm.example.com"],
      gateways: ["llm/edge", "mesh"],
      http: canaryRoutes(HOST, split),
    });
  });

  it("opens the gateway for the full host name alone, by plain HTTP", () => {
    expect(gatewaySpec("llm", { istio: "ingress" }, { hosts: [], tlsSecret: undefined })).toEqual({
      selector: { istio: "ingress" },
      servers: [{ port: { number: 80, name: "http", protocol: "HTTP" }, hosts: [HOST] }],
    });
  });

  it("opens the gateway by HTTPS when there is a certificate, and redirects plain HTTP", () => {
    const hosts = [HOST, "llm.example.com"];
    expect(gatewaySpec("llm", { istio: "ingress" }, { hosts: ["llm.example.com"], tlsSecret: "llm-tls" })).toEqual({
      selector: { istio: "ingress" },
      servers: [
        { port: { number: 80, name: "http", protocol: "HTTP" }, hosts, tls: { httpsRedirect: true } },
        {
          port: { number: 443, name: "https", protocol: "HTTPS" },
          hosts,
          tls: { mode: "SIMPLE", credentialName: "llm-tls", minProtocolVersion: "TLSV1_2" },
        },
      ],
    });
  });

  it("has a subset for each version, and leaves out for a while a pod that cannot be reached", () => {
    expect(destinationRuleSpec("llm", ["v1", "v2"])).toEqual({
      host: HOST,
      trafficPolicy: {
        loadBalancer: { simple: "LEAST_REQUEST" },
        connectionPool: {
          tcp: { connectTimeout: "3s", tcpKeepalive: { time: "60s", interval: "15s", probes: 4 } },
          http: { h2UpgradePolicy: "DO_NOT_UPGRADE" },
        },
        outlierDetection: {
          consecutive5xxErrors: 0,
          consecutiveGatewayErrors: 0,
          splitExternalLocalOriginErrors: true,
          consecutiveLocalOriginFailures: 5,
          interval: "10s",
          baseEjectionTime: "30s",
          maxEjectionPercent: 50,
          minHealthPercent: 50,
        },
      },
      subsets: [
        { name: "v1", labels: { version: "v1" } },
        { name: "v2", labels: { version: "v2" } },
      ],
    });
  });

  it("has a Service over all versions", () => {
    expect(serviceSpec()).toEqual({
      selector: { app: "vllm-service" },
      ports: [{ name: "http", port: 8000, targetPort: "http", appProtocol: "http" }],
    });
  });
});

describe("mocks: CanaryRouting", () => {
  let engine: Recorder;
  beforeEach(async () => {
    engine = await mockEngine();
  });

  it("makes a Service and three Istio resources", async () => {
    const routing = new CanaryRouting("routing", ARGS);
    expect(await valueOf(routing.host)).toBe(HOST);
    await registered();
    expect(engine.types()).toEqual({
      routing: "vllm-istio-canary:index:CanaryRouting",
      "routing-service": "kubernetes:core/v1:Service",
      "routing-gateway": "kubernetes:networking.istio.io/v1:Gateway",
      "routing-destination-rule": "kubernetes:networking.istio.io/v1:DestinationRule",
      "routing-virtual-service": "kubernetes:networking.istio.io/v1:VirtualService",
    });
    expect(engine.parents()).toEqual({
      "routing-service": "vllm-istio-canary:index:CanaryRouting",
      "routing-gateway": "vllm-istio-canary:index:CanaryRouting",
      "routing-destination-rule": "vllm-istio-canary:index:CanaryRouting",
      "routing-virtual-service": "vllm-istio-canary:index:CanaryRouting",
    });
  });

  it("gives each of them a fixed name in the namespace and its spec", async () => {
    new CanaryRouting("routing", ARGS);
    await registered();
    const metadata = { name: "vllm-service", namespace: "llm" };
    const annotations = { "pulumi.com/patchForce": "true" };
    const istio = { apiVersion: "networking.istio.io/v1", metadata: { ...metadata, annotations } };
    expect(engine.named("routing-service").inputs).toEqual({
      apiVersion: "v1",
      kind: "Service",
      metadata: { ...metadata, labels: { app: "vllm-service" } },
      spec: serviceSpec(),
    });
    expect(engine.named("routing-gateway").inputs).toEqual({
      ...istio,
      kind: "Gateway",
      spec: gatewaySpec("llm", GATEWAY_PODS, { hosts: ["llm.example.com"], tlsSecret: "llm-tls" }),
    });
    expect(engine.named("routing-destination-rule").inputs).toEqual({
      ...istio,
      kind: "DestinationRule",
      spec: destinationRuleSpec("llm", ["v1", "v2"]),
    });
    expect(engine.named("routing-virtual-service").inputs).toEqual({
      ...istio,
      kind: "VirtualService",
      spec: virtualServiceSpec("llm", "vllm-service", ["llm.example.com"], {
        ...SPLIT,
        stickiness: { isSecure: true },
      }),
    });
  });

  it("draws each request anew, and keeps to plain HTTP, unless it is told otherwise", async () => {
    const plain = { hosts: [], tlsSecret: undefined };
    new CanaryRouting("routing", { ...ARGS, ...plain, stickyVersions: false });
    await registered();
    expect(engine.named("routing-gateway").inputs["spec"]).toEqual(gatewaySpec("llm", GATEWAY_PODS, plain));
    expect(engine.named("routing-virtual-service").inputs["spec"]).toEqual(
      virtualServiceSpec("llm", "vllm-service", [], { ...SPLIT, stickiness: undefined }),
    );
  });

  it("hands out a cookie for plain HTTP where there is no TLS", async () => {
    new CanaryRouting("routing", { ...ARGS, tlsSecret: undefined });
    await registered();
    expect(engine.named("routing-virtual-service").inputs["spec"]).toEqual(
      virtualServiceSpec("llm", "vllm-service", ["llm.example.com"], { ...SPLIT, stickiness: { isSecure: false } }),
    );
  });

  const never = pulumi.output(new Promise<number>(() => undefined));

  it.each([
    [0, { stable: 1, canary: 0 }],
    [0, { stable: pulumi.output(1), canary: never }],
    [100, { stable: never, canary: 1 }],
  ])("shifts to weight %i whatever becomes of the version that gets no requests", async (canaryWeight, readyPods) => {
    new CanaryRouting("routing", { ...ARGS, canaryWeight, readyPods });
    await registered();
    expect(engine.types()).toHaveProperty("routing-virtual-service");
  });

  it("leaves the routes alone, and says why, when a version with weight has no ready pod", async () => {
    const faults = await rejectionsOf(async () => {
      new CanaryRouting("routing", { ...ARGS, readyPods: { stable: 1, canary: 0 } });
      await registered();
    });
    expect(faults).toEqual([expect.stringContaining("canaryWeight is 30, but v2 has no ready pod; expected one")]);
    expect(engine.types()).not.toHaveProperty("routing-virtual-service");
  });

  it.each([
    [{ canaryWeight: -1 }, "canaryWeight is -1; expected an integer from 0 to 100"],
    [{ canaryWeight: 101 }, "canaryWeight is 101; expected an integer from 0 to 100"],
    [{ canaryWeight: 10.5 }, "canaryWeight is 10.5; expected an integer from 0 to 100"],
    [{ canaryWeight: NaN }, "canaryWeight is NaN; expected an integer from 0 to 100"],
    [{ canary: "v1" }, 'stable and canary are both "v1"; expected two different names'],
  ])("refuses %j before it makes anything", async (fault, message) => {
    expect(() => new CanaryRouting("routing", { ...ARGS, ...fault })).toThrow(message);
    await registered();
    expect(engine.types()).toEqual({ routing: "vllm-istio-canary:index:CanaryRouting" });
  });
});
