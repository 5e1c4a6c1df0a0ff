import { describe, expect, it } from "vitest";
import { METRICS } from "../../app/metric-catalogue.ts";
import { autoscalerSpec, WAITING_REQUESTS_METRIC } from "../../components/autoscaler.ts";
import { VERSION } from "./model-version-fixture.ts";

const utilization = (name: string) => ({
  type: "ContainerResource",
  containerResource: { name, container: "server", target: { type: "Utilization", averageUtilization: 80 } },
});
const scaleUp = {
  policies: [
    { type: "Percent", value: 100, periodSeconds: 60 },
    { type: "Pods", value: 2, periodSeconds: 60 },
  ],
  selectPolicy: "Max",
};
const AUTOSCALER = {
  scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "deployment" },
  minReplicas: 2,
  maxReplicas: 5,
  metrics: [utilization("cpu"), utilization("memory")],
  behavior: { scaleUp, scaleDown: { stabilizationWindowSeconds: 300 } },
};

describe("pure: the autoscaler of a version", () => {
  it("scales on the server's own CPU and memory between min and max", () => {
    expect(autoscalerSpec(VERSION.replicas, "deployment", false)).toEqual(AUTOSCALER);
  });

  it("takes no pod away while it holds the floor, and still adds some", () => {
    expect(autoscalerSpec(VERSION.replicas, "deployment", true)).toEqual({
      ...AUTOSCALER,
      behavior: { scaleUp, scaleDown: { selectPolicy: "Disabled" } },
    });
  });

  it("counts waiting requests too where it is told to", () => {
    expect(autoscalerSpec({ ...VERSION.replicas, waitingRequests: 4 }, "deployment", false)).toEqual({
      ...AUTOSCALER,
      metrics: [
        ...AUTOSCALER.metrics,
        {
          type: "Pods",
          pods: { metric: { name: "vllm_requests_queued" }, target: { type: "AverageValue", averageValue: "4" } },
        },
      ],
    });
  });

  it("names a gauge that the service has", () => {
    const gauges = Object.values(METRICS).filter(({ type }) => type === "gauge");
    expect(gauges.map(({ name }) => name)).toContain(WAITING_REQUESTS_METRIC);
  });
});
