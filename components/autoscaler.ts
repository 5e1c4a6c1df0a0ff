import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { SERVER_CONTAINER } from "./server-container.ts";
import type { Replicas } from "./version-settings.ts";

type Spec = k8s.types.input.autoscaling.v2.HorizontalPodAutoscalerSpec;
type Metric = k8s.types.input.autoscaling.v2.MetricSpec;

/** Name by which an adapter serves the service's gauge of waiting requests to autoscalers. */
export const WAITING_REQUESTS_METRIC = "vllm_requests_queued";

const TARGET_UTILIZATION_PERCENT = 80;
const SCALE_DOWN_WINDOW_SECONDS = 300;

/**
 * The autoscaler's spec: 80 % of the server's requested CPU or memory, and the waiting requests where they count. Within a
 * minute it doubles the pods at most, or adds two; it takes pods away only after five quiet minutes, and none at all while
 * `holdsFloor`, because a release that is taken back needs them at once.
 */
export function autoscalerSpec(replicas: Replicas, deployment: pulumi.Input<string>, holdsFloor: boolean): Spec {
  const { min, max, waitingRequests } = replicas;
  return {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: deployment },
    minReplicas: min,
    maxReplicas: max,
    metrics: [
      utilization("cpu"),
      utilization("memory"),
      ...(waitingRequests === undefined ? [] : [averageOf(WAITING_REQUESTS_METRIC, waitingRequests)]),
    ],
    behavior: {
      scaleUp: {
        policies: [
          { type: "Percent", value: 100, periodSeconds: 60 },
          { type: "Pods", value: 2, periodSeconds: 60 },
        ],
        selectPolicy: "Max",
      },
      scaleDown: holdsFloor ? { selectPolicy: "Disabled" } : { stabilizationWindowSeconds: SCALE_DOWN_WINDOW_SECONDS },
    },
  };
}

// Of the server alone: an idle sidecar would dilute a whole pod's average.
const utilization = (name: string): Metric => ({
  type: "ContainerResource",
  containerResource: {
    name,
    container: SERVER_CONTAINER,
    target: { type: "Utilization", averageUtilization: TARGET_UTILIZATION_PERCENT },
  },
});

const averageOf = (name: string, value: number): Metric => ({
  type: "Pods",
  pods: { metric: { name }, target: { type: "AverageValue", averageValue: String(value) } },
});
