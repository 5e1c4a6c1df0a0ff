import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { containerResources, imageDigests } from "../../policy/containers.ts";
import { podSecurity } from "../../policy/pod-security.ts";
import type { Resource } from "../../policy/resource.ts";
import { oneWriter, routeWeights } from "../../policy/virtual-services.ts";

const IMAGE = `ghcr.io/org/name@sha256:${"a".repeat(64)}`;
const CONTAINER = {
  name: "server",
  image: IMAGE,
  resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { memory: "1Gi" } },
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
};
const POD = {
  securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
  containers: [CONTAINER],
  volumes: [{ name: "tmp", emptyDir: {} }],
};

function resource(type: string, props: object, name = "it"): Resource {
  return { type: `kubernetes:${type}`, name, props: props as Resource["props"] };
}

const deployment = (pod: object): Resource => resource("apps/v1:Deployment", { spec: { template: { spec: pod } } });
const withContainer = (change: object): Resource => deployment({ ...POD, containers: [{ ...CONTAINER, ...change }] });
const rules = [containerResources, imageDigests, podSecurity];

describe("pure: a pod that keeps to every rule", () => {
  it.each([
    ["a Deployment", deployment(POD)],
    ["a Pod", resource("core/v1:Pod", { spec: POD })],
    ["a Job", resource("batch/v1:Job", { spec: { template: { spec: POD } } })],
    ["a CronJob", resource("batch/v1:CronJob", { spec: { jobTemplate: { spec: { template: { spec: POD } } } } })],
    ["a Rollout", resource("argoproj.io/v1alpha1:Rollout", { spec: { template: { spec: POD } } })],
  ])("is fine in %s", (_, given) => {
    expect(rules.flatMap(({ check }) => check(given))).toEqual([]);
  });

  it.each(["apps/v1:Deployment", "core/v1:Pod", "batch/v1:Job", "argoproj.io/v1alpha1:Rollout"])(
    "is found in %s when it does not",
    (type) => {
      const pod = { containers: [{ name: "bare" }] };
      const spec = type.endsWith(":Pod") ? pod : { template: { spec: pod } };
      expect(rules.map(({ check }) => check(resource(type, { spec })).length)).toEqual([3, 1, 4]);
    },
  );

  it("is found in a CronJob when it does not", () => {
    const spec = { jobTemplate: { spec: { template: { spec: { containers: [{ name: "bare" }] } } } } };
    expect(rules.map(({ check }) => check(resource("batch/v1:CronJob", { spec })).length)).toEqual([3, 1, 4]);
  });

  it("is not looked for in other resources", () => {
    const others = [
      resource("core/v1:Service", { spec: { template: { spec: { containers: [{}] } } } }),
      { type: "other:index:Deployment", name: "x", props: { spec: { template: { spec: { containers: [{}] } } } } },
    ];
    expect(others.flatMap((other) => rules.flatMap(({ check }) => check(other)))).toEqual([]);
  });
});

describe("pure: resources of containers", () => {
  it("are all missed by name", () => {
    expect(containerResources.check(withContainer({ resources: undefined }))).toEqual([
      "container server has no cpu request",
      "container server has no memory request",
      "container server has no memory limit",
    ]);
  });

  it("are missed in init containers too", () => {
    const resources = { requests: { memory: "1Gi" }, limits: { memory: "1Gi" } };
    const given = deployment({ ...POD, initContainers: [{ name: "load", resources }] });
    expect(containerResources.check(given)).toEqual(["container load has no cpu request"]);
  });
});

describe("pure: images", () => {
  it.each(["vllm", "vllm:latest", "ghcr.io/org/name:1.2.3", `name@sha256:${"a".repeat(63)}`, ""])(
    "by anything but digest are refused: %s",
    (image) => {
      expect(imageDigests.check(withContainer({ image }))).toEqual([
        `container server has the image "${image}"; expected one by digest`,
      ]);
    },
  );
});

describe("pure: pod security", () => {
  const secure = CONTAINER.securityContext;
  it.each([
    [{ securityContext: { ...secure, privileged: true } }, "is privileged"],
    [
      { securityContext: { ...secure, allowPrivilegeEscalation: undefined } },
      "does not set allowPrivilegeEscalation to false",
    ],
    [{ securityContext: { ...secure, runAsNonRoot: false } }, "does not set runAsNonRoot"],
    [{ securityContext: { ...secure, runAsUser: 0 } }, "runs as user 0"],
    [{ securityContext: { ...secure, seccompProfile: { type: "Unconfined" } } }, "has no seccomp profile"],
    [{ securityContext: { ...secure, capabilities: { drop: ["NET_RAW"] } } }, "does not drop all capabilities"],
    [
      { securityContext: { ...secure, capabilities: { drop: ["ALL"], add: ["NET_ADMIN", "NET_BIND_SERVICE"] } } },
      "adds the capabilities NET_ADMIN",
    ],
    [{ ports: [{ hostPort: 80 }] }, "takes a port of its node"],
  ])("refuses a container with %j", (change, finding) => {
    expect(podSecurity.check(withContainer(change))).toEqual([`container server ${finding}`]);
  });

  it.each([
    [{ hostNetwork: true }, "the pod sets hostNetwork"],
    [{ hostPID: true }, "the pod sets hostPID"],
    [{ hostIPC: true }, "the pod sets hostIPC"],
    [{ volumes: [{ name: "root", hostPath: { path: "/" } }] }, "the pod has a volume of type hostPath"],
  ])("refuses a pod with %j", (change, finding) => {
    expect(podSecurity.check(deployment({ ...POD, ...change }))).toEqual([finding]);
  });

  it("may be said by the container alone", () => {
    const securityContext = { ...secure, runAsNonRoot: true, seccompProfile: { type: "Localhost" } };
    expect(podSecurity.check(deployment({ containers: [{ ...CONTAINER, securityContext }] }))).toEqual([]);
  });
});

function virtualService(name: string, spec: object, namespace = "llm"): Resource {
  return resource("networking.istio.io/v1:VirtualService", { metadata: { name, namespace }, spec }, name);
}

const weighted = (...weights: (number | undefined)[]): Resource => {
  const route = weights.map((weight, index) => ({
    destination: { host: `h${index}` },
    ...(weight !== undefined && { weight }),
  }));
  return virtualService("vs", { hosts: ["h"], http: [{ name: "weighted", route }] });
};

describe("pure: weights of a VirtualService", () => {
  it("are accepted exactly when they sum to 100", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 2, maxLength: 4 }), (weights) => {
        const sum = weights.reduce((total, weight) => total + weight, 0);
        const finding = `the weights of route weighted sum to ${sum}`;
        expect(routeWeights.check(weighted(...weights))).toEqual(sum === 100 ? [] : [finding]);
      }),
    );
  });

  it("may be left out of a route to one destination, and of one to none", () => {
    expect(routeWeights.check(weighted(undefined))).toEqual([]);
    expect(routeWeights.check(virtualService("vs", { http: [{ redirect: { uri: "/" } }] }))).toEqual([]);
  });

  it("count as 0 when left out beside others", () => {
    expect(routeWeights.check(weighted(90, undefined))).toEqual(["the weights of route weighted sum to 90"]);
  });

  it("are named by number in a route without a name", () => {
    const route = [{ weight: 1 }, { weight: 2 }];
    expect(routeWeights.check(virtualService("vs", { http: [{ route }] }))).toEqual([
      "the weights of route 0 sum to 3",
    ]);
  });
});

describe("pure: writers of a VirtualService", () => {
  const one = virtualService("one", { hosts: ["h", "h"], gateways: ["gate", "mesh"] });

  it("are fine apart, by host, gateway or namespace", () => {
    const others = [
      virtualService("host", { hosts: ["other"], gateways: ["gate"] }),
      virtualService("gateway", { hosts: ["h"], gateways: ["other"] }),
      virtualService("namespace", { hosts: ["h"], gateways: ["gate"] }, "other"),
    ];
    expect(oneWriter.checkStack([one, ...others])).toEqual([]);
  });

  it("are two for one host at one gateway, however it is named", () => {
    const two = virtualService("two", { hosts: ["h"], gateways: ["llm/gate"] }, "other");
    expect(oneWriter.checkStack([one, two])).toEqual(["two: host h at gateway llm/gate is one's already"]);
  });

  it("are two for one host in the mesh, which is the default", () => {
    expect(oneWriter.checkStack([one, virtualService("two", { hosts: ["h"] })])).toEqual([
      "two: host h at gateway mesh is one's already",
    ]);
  });

  it.each([
    ["virtualService", { virtualService: { name: "one" } }],
    ["virtualServices", { virtualServices: [{ name: "other" }, { name: "one" }] }],
  ])("are two when a Rollout names it by %s", (_, istio) => {
    const spec = { strategy: { canary: { trafficRouting: { istio } } } };
    const rollout = (namespace: string): Resource =>
      resource("argoproj.io/v1alpha1:Rollout", { metadata: { name: "r", namespace }, spec }, "rollout");
    expect(oneWriter.checkStack([one, rollout("llm")])).toEqual([
      "one: Rollout rollout writes the weights of this VirtualService too",
    ]);
    expect(oneWriter.checkStack([one, rollout("elsewhere")])).toEqual([]);
  });
});
