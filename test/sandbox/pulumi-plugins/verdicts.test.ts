import { describe, expect, test } from "vitest";
import { warnings } from "../../../sandbox/pulumi-plugins/await/namespace-problems.ts";
import { labelSelectorText, podProblems } from "../../../sandbox/pulumi-plugins/await/pod-problems.ts";
import { NO_SURROUNDINGS, verdictOn } from "../../../sandbox/pulumi-plugins/await/verdicts.ts";
import type { Surroundings, Verdict } from "../../../sandbox/pulumi-plugins/await/verdicts.ts";
import { parseExpectations, verdictOnExpectations } from "../../../sandbox/pulumi-plugins/await/wait-for.ts";
import type { PropertyMap } from "../../../sandbox/pulumi-plugins/rpc/property-values.ts";

const READY: Verdict = { state: "ready" };
const waiting = (message: string): Verdict => ({ state: "waiting", message });
const failed = (message: string): Verdict => ({ state: "failed", message });
const generation = (value: number): PropertyMap => ({ generation: value });

type Case = [kind: string, fields: PropertyMap, verdict: Verdict, surroundings?: Partial<Surroundings>];

describe("verdicts", () => {
  const rollout = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
  const cases: Case[] = [
    ["apps/v1/Deployment", { metadata: generation(2), spec: { replicas: 2 }, status: rollout }, READY],
    [
      "apps/v1/Deployment",
      { metadata: generation(3), status: rollout },
      waiting("waiting for the Deployment controller"),
    ],
    [
      "apps/v1/Deployment",
      { spec: { replicas: 2 }, status: { ...rollout, updatedReplicas: 1 } },
      waiting("1 of 2 replicas are updated"),
    ],
    [
      "apps/v1/Deployment",
      { spec: { replicas: 2 }, status: { ...rollout, replicas: 3 } },
      waiting("1 old replicas are still running"),
    ],
    [
      "apps/v1/Deployment",
      {
        status: {
          updatedReplicas: 1,
          replicas: 1,
          conditions: [{ type: "ReplicaFailure", status: "True", message: "exceeded quota" }],
        },
      },
      waiting("0 of 1 replicas are available: exceeded quota"),
    ],
    [
      "apps/v1/Deployment",
      { status: { conditions: [{ type: "Progressing", reason: "ProgressDeadlineExceeded", message: "timed out" }] } },
      failed("the rollout made no progress: ProgressDeadlineExceeded: timed out"),
    ],
    ["apps/v1/Deployment", { spec: { replicas: 0 }, status: {} }, READY],
    [
      "apps/v1/StatefulSet",
      { spec: { replicas: 2 }, status: { readyReplicas: 1 } },
      waiting("1 of 2 replicas are ready"),
    ],
    [
      "apps/v1/StatefulSet",
      { spec: { replicas: 2 }, status: { readyReplicas: 2, updatedReplicas: 1 } },
      waiting("1 of 2 replicas are updated"),
    ],
    [
      "apps/v1/StatefulSet",
      { spec: { replicas: 2, updateStrategy: { type: "OnDelete" } }, status: { readyReplicas: 2 } },
      READY,
    ],
    [
      "apps/v1/DaemonSet",
      { status: { desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 1 } },
      waiting("1 of 2 pods are available"),
    ],
    ["apps/v1/DaemonSet", { status: { desiredNumberScheduled: 0 } }, READY],
    ["batch/v1/Job", { status: { active: 1 } }, waiting("0 pods of the Job have succeeded, 1 are running")],
    ["batch/v1/Job", { status: { conditions: [{ type: "Complete", status: "True" }] } }, READY],
    [
      "batch/v1/Job",
      {
        status: { conditions: [{ type: "Failed", status: "True", reason: "BackoffLimitExceeded", message: "twice" }] },
      },
      failed("the Job failed: BackoffLimitExceeded: twice"),
    ],
    ["v1/Pod", { status: { phase: "Pending" } }, waiting("the pod is Pending")],
    ["v1/Pod", { status: { phase: "Failed" } }, failed("the pod failed")],
    ["v1/Pod", { status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] } }, READY],
    ["v1/Service", { spec: { clusterIP: "None", selector: { a: "b" } } }, READY],
    ["v1/Service", { spec: { type: "ExternalName" } }, READY],
    ["v1/Service", { spec: {} }, READY],
    ["v1/Service", { spec: { selector: { a: "b" } } }, waiting("looking for pods to direct traffic to")],
    ["v1/Service", { spec: { selector: { a: "b" } } }, READY, { waitedSeconds: 10 }],
    [
      "v1/Service",
      { spec: { selector: { a: "b" } } },
      READY,
      { endpointSlices: [{ endpoints: [{ conditions: { ready: true } }] }] },
    ],
    [
      "v1/Service",
      { spec: { selector: { a: "b" } } },
      waiting("1 of 2 pods behind the Service are not ready"),
      { endpointSlices: [{ endpoints: [{ conditions: { ready: true } }, { conditions: { ready: false } }] }] },
    ],
    [
      "v1/Service",
      { spec: { type: "LoadBalancer" }, status: { loadBalancer: {} } },
      waiting("the Service has no load balancer address; does this cluster give any?"),
    ],
    ["v1/PersistentVolumeClaim", { status: { phase: "Pending" } }, waiting("the claim is not bound to a volume")],
    ["v1/PersistentVolumeClaim", { status: { phase: "Pending" } }, READY, { bindsOnFirstUse: true }],
    ["v1/PersistentVolumeClaim", { status: { phase: "Lost" } }, failed("the volume of the claim is lost")],
    ["networking.k8s.io/v1/Ingress", { status: {} }, waiting("the Ingress has no address yet")],
    ["networking.k8s.io/v1/Ingress", { status: { loadBalancer: { ingress: [{ ip: "10.0.0.1" }] } } }, READY],
    [
      "apiextensions.k8s.io/v1/CustomResourceDefinition",
      { status: { conditions: [{ type: "Established", status: "True" }] } },
      READY,
    ],
    ["v1/ConfigMap", {}, READY],
    ["networking.istio.io/v1/VirtualService", {}, READY],
  ];
  test.each(cases)("%s %j", (type, fields, verdict, surroundings = {}) => {
    const at = type.lastIndexOf("/");
    const object = { apiVersion: type.slice(0, at), kind: type.slice(at + 1), ...fields };
    expect(verdictOn(object, { ...NO_SURROUNDINGS, ...surroundings })).toEqual(verdict);
  });
});

describe("what keeps a pod from getting ready", () => {
  const pod = (status: PropertyMap): PropertyMap => ({ metadata: { name: "web-1" }, status });
  const container = (fields: PropertyMap): PropertyMap =>
    pod({ containerStatuses: [{ name: "app", ready: false, ...fields }] });
  const cases: [string, PropertyMap, string[]][] = [
    ["nothing while it starts", container({ state: { waiting: { reason: "ContainerCreating" } } }), []],
    [
      "an image that cannot be pulled",
      container({ state: { waiting: { reason: "ImagePullBackOff", message: 'Back-off pulling image "x"' } } }),
      ['pod web-1: container app: ImagePullBackOff: Back-off pulling image "x"'],
    ],
    [
      "a crash, with the container's last words",
      container({
        state: { waiting: { reason: "CrashLoopBackOff" } },
        lastState: { terminated: { exitCode: 1, reason: "Error", message: "model not found\n" } },
      }),
      ["pod web-1: container app: CrashLoopBackOff; it ended with exit code 1 (Error): model not found"],
    ],
    ["nothing once it is ready", container({ ready: true, lastState: { terminated: { exitCode: 1 } } }), []],
    [
      "an init container",
      pod({ initContainerStatuses: [{ name: "init", state: { terminated: { exitCode: 2, reason: "Error" } } }] }),
      ["pod web-1: container init: it ended with exit code 2 (Error)"],
    ],
    [
      "no node for it",
      pod({ conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "no GPU" }] }),
      ["pod web-1: Unschedulable: no GPU"],
    ],
    [
      "an eviction",
      pod({ phase: "Failed", message: "The node was low on memory" }),
      ["pod web-1: it failed: The node was low on memory"],
    ],
  ];
  test.each(cases)("%s", (_, object, problems) => {
    expect(podProblems(object)).toEqual(problems);
  });
});

test("warnings are told once, since a time, and not about pods", () => {
  const event = (kind: string, lastTimestamp: string, type = "Warning"): PropertyMap => ({
    type,
    reason: "FailedCreate",
    message: "quota",
    lastTimestamp,
    involvedObject: { kind, name: "web" },
  });
  const events = [
    event("ReplicaSet", "2026-01-01T00:00:05Z"),
    event("ReplicaSet", "2026-01-01T00:00:06Z"),
    event("Job", "2025-12-31T23:59:00Z"),
    event("Pod", "2026-01-01T00:00:05Z"),
    event("Job", "2026-01-01T00:00:05Z", "Normal"),
  ];
  expect(warnings(events, new Date("2026-01-01T00:00:00Z"))).toEqual(["ReplicaSet web: FailedCreate: quota"]);
});

test.each([
  [{ matchLabels: { app: "a", tier: "b" } }, "app=a,tier=b"],
  [{ matchExpressions: [{ key: "app", operator: "In", values: ["a", "b"] }] }, "app in (a,b)"],
  [{ matchExpressions: [{ key: "app", operator: "NotIn", values: ["a"] }] }, "app notin (a)"],
  [
    {
      matchExpressions: [
        { key: "x", operator: "Exists" },
        { key: "y", operator: "DoesNotExist" },
      ],
    },
    "x,!y",
  ],
  [{}, ""],
])("selector %j", (selector, text) => {
  expect(labelSelectorText(selector)).toBe(text);
});

describe("what an object itself says to wait for", () => {
  const object = { status: { phase: "Healthy", weight: 10, conditions: [{ type: "Ready", status: "True" }] } };
  test.each([
    ["condition=Ready", READY],
    ["condition=Ready=False", waiting("waiting for condition Ready to be False")],
    ["jsonpath={.status.phase}", READY],
    ["jsonpath={.status.phase}=Healthy", READY],
    ["jsonpath={.status.weight}=20", waiting("waiting for status.weight to be 20")],
    ["jsonpath={.status.none}", waiting("waiting for status.none to be set")],
    ['["condition=Ready", "jsonpath={.status.phase}=Paused"]', waiting("waiting for status.phase to be Paused")],
  ])("%s", (annotation, verdict) => {
    expect(verdictOnExpectations(object, parseExpectations(annotation))).toEqual(verdict);
  });
});
