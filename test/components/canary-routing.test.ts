import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import {
  canaryRoutes,
  CanaryRouting,
  type CanaryRoutingArgs,
  destinationRuleSpec,
  gatewaySpec,
  serviceSpec,
  virtualServiceSpec,
} from "../../components/canary-routing.ts";
import { GATEWAY_SELECTOR } from "../../components/gateway-address.ts";
import { mockEngine, type Recorder, registered, valueOf } from "../mocks.ts";

const HOST = "vllm-service.llm.svc.cluster.local";
const SPLIT = { stable: "v1", canary: "v2", canaryWeight: 30 };
const ARGS: CanaryRoutingArgs = { ...SPLIT, namespace: "llm", gatewaySelector: GATEWAY_SELECTOR };
const DELIVERY = { retries: { attempts: 2, retryOn: "connect-failure,refused-stream" } };

const routesOf = (stableWeight: number, canaryWeight: number) => [
  {
    name: "ab-test",
    match: [{ headers: { "x-ab-test": { exact: "v2" } } }],
    route: [{ destination: { host: HOST, subset: "v2" } }],
    ...DELIVERY,
  },
  {
    name: "weighted",
    route: [
      { destination: { host: HOST, subset: "v1" }, weight: stableWeight },
      { destination: { host: HOST, subset: "v2" }, weight: canaryWeight },
    ],
    ...DELIVERY,
  },
];

describe("pure: specs", () => {
  it.each([
    [0, 100],
    [30, 70],
    [100, 0],
  ])("at weight %i the header still wins and both subsets stay", (canaryWeight, rest) => {
    expect(canaryRoutes(HOST, { ...SPLIT, canaryWeight })).toEqual(routesOf(rest, canaryWeight));
  });

  it("routes the full host name alone, from the gateway and from sidecars", () => {
    expect(virtualServiceSpec("llm", "edge", SPLIT)).toEqual({
      hosts: [HOST],
      gateways: ["llm/edge", "mesh"],
      http: routesOf(70, 30),
    });
  });

  it("opens the gateway for the full host name alone", () => {
    expect(gatewaySpec("llm", { istio: "ingress" })).toEqual({
      selector: { istio: "ingress" },
      servers: [{ port: { number: 80, name: "http", protocol: "HTTP" }, hosts: [HOST] }],
    });
  });

  it("has a subset for each version", () => {
    expect(destinationRuleSpec("llm", ["v1", "v2"])).toEqual({
      host: HOST,
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

describe("property: weights", () => {
  it("are integers from 0 to 100 that sum to 100", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), (canaryWeight) => {
        const weights = canaryRoutes(HOST, { ...SPLIT, canaryWeight })[1]?.route?.map(({ weight }) => weight ?? NaN);
        expect(weights).toEqual([100 - canaryWeight, canaryWeight]);
        expect(weights?.every((weight) => Number.isInteger(weight) && weight >= 0)).toBe(true);
      }),
    );
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
      spec: gatewaySpec("llm", GATEWAY_SELECTOR),
    });
    expect(engine.named("routing-destination-rule").inputs).toEqual({
      ...istio,
      kind: "DestinationRule",
      spec: destinationRuleSpec("llm", ["v1", "v2"]),
    });
    expect(engine.named("routing-virtual-service").inputs).toEqual({
      ...istio,
      kind: "VirtualService",
      spec: virtualServiceSpec("llm", "vllm-service", SPLIT),
    });
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
