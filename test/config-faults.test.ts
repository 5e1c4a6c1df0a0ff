import { beforeAll, describe, expect, it } from "vitest";
import { type Config, faultsOf, V1, V2 } from "./config-fixture.ts";
import { mockEngine } from "./mocks.ts";

beforeAll(async () => {
  await mockEngine();
});

const WEIGHT =
  "expected an integer from 0 to 100 (percent of requests to the canary). Fix: pulumi config set canaryWeight 10";
const VERSIONS =
  "expected a list of exactly two versions, the stable one and the canary, each with at least name and model. " +
  "Fix: copy the versions of Pulumi.dev.yaml into this stack's file";
const CONTEXT =
  "expected the name of a context of your kubeconfig (the current one is never used unasked). " +
  "Fix: pick one of `kubectl config get-contexts -o name`, then pulumi config set kubeContext NAME";
const SERVICE_IMAGE =
  "expected an image by digest, repository[:tag]@sha256:<64 hex digits>. " +
  "Fix: pulumi config set serviceImage REPOSITORY@sha256:DIGEST";
const OR_BUILD = ", or pulumi config set --path serviceImageBuild.repository REPOSITORY, which builds it";
const NAMESPACE =
  "expected 1 to 63 lower-case letters, digits or -, and not default, kube-* or istio-*. " +
  "Fix: pulumi config set namespace vllm";
const NAME =
  "expected 1 to 20 lower-case letters, digits or -, not starting or ending with -. " +
  "Fix: pulumi config set --path 'versions[1].name' v2";
const MODEL =
  "expected the model name clients send, 1 to 256 printable characters without spaces. " +
  "Fix: pulumi config set --path 'versions[1].model' my-model";
const MIN = "expected an integer of at least 1 (pods). Fix: pulumi config set --path 'versions[1].replicas.min' 1";
const CPU =
  "expected a Kubernetes CPU quantity above 0, such as 100m or 2. " +
  "Fix: pulumi config set --path 'versions[1].resources.cpu' 100m";
const MEMORY =
  "expected a Kubernetes memory quantity above 0 with its unit, such as 384Mi. " +
  "Fix: pulumi config set --path 'versions[1].resources.memory' 384Mi";
const TTFT =
  "expected an integer from 0 to 60000 (milliseconds). " +
  "Fix: pulumi config set --path 'versions[1].engine.timeToFirstTokenMs' 20";
const KEYS =
  "canaryWeight, versions, logPrompts, stickyVersions, serviceImage, serviceImageBuild, imageSigningKey, " +
  "registryUsername, registryPassword, huggingFaceToken, tracingEndpoint, kubeContext, namespace, mesh, gateway, " +
  "gatewayApiKeys, monitoring, grafanaAdminPassword, observability, alertReceiverSecret, highAvailability";

const canary = (fields: Config): Config => ({ versions: [V1, { ...V2, ...fields }] });

describe("pure: one fault, one line", () => {
  it.each<[string, Config, string]>([
    ["weight below", { canaryWeight: "-1" }, `canaryWeight is "-1"; ${WEIGHT}`],
    ["weight above", { canaryWeight: "101" }, `canaryWeight is "101"; ${WEIGHT}`],
    ["weight broken", { canaryWeight: "10.5" }, `canaryWeight is "10.5"; ${WEIGHT}`],
    ["weight in words", { canaryWeight: "ten" }, `canaryWeight is "ten"; ${WEIGHT}`],
    ["weight with a tail", { canaryWeight: "10abc" }, `canaryWeight is "10abc"; ${WEIGHT}`],
    ["weight empty", { canaryWeight: "" }, `canaryWeight is ""; ${WEIGHT}`],
    ["weight minus zero", { canaryWeight: "-0" }, `canaryWeight is "-0"; ${WEIGHT}`],
    ["weight as a power", { canaryWeight: "1e1" }, `canaryWeight is "1e1"; ${WEIGHT}`],
    ["weight as a list", { canaryWeight: [10] }, `canaryWeight is "[10]"; ${WEIGHT}`],
    ["versions unset", { versions: undefined }, `versions is not set; ${VERSIONS}`],
    ["versions empty", { versions: [] }, `versions is not set; ${VERSIONS}`],
    ["versions as text", { versions: "v1" }, `versions is "v1"; ${VERSIONS}`],
    ["one version", { versions: [V1] }, `versions is [{"name":"v1","model":"m"}]; ${VERSIONS}`],
    ["name unset", { versions: [V1, { model: "m" }] }, `versions[1].name is not set; ${NAME}`],
    ["name empty", canary({ name: "" }), `versions[1].name is not set; ${NAME}`],
    ["name in capitals", canary({ name: "V2" }), `versions[1].name is "V2"; ${NAME}`],
    ["name too long", canary({ name: "v".repeat(21) }), `versions[1].name is "${"v".repeat(21)}"; ${NAME}`],
    [
      "names equal",
      canary({ name: "v1" }),
      'versions[1].name is "v1"; expected a name other than the one of versions[0]. ' +
        "Fix: pulumi config set --path 'versions[1].name' v1-new",
    ],
    ["model unset", { versions: [V1, { name: "v2" }] }, `versions[1].model is not set; ${MODEL}`],
    ["model with a space", canary({ model: "my model" }), `versions[1].model is "my model"; ${MODEL}`],
    ["no replicas", canary({ replicas: { min: 0 } }), `versions[1].replicas.min is 0; ${MIN}`],
    [
      "max below min",
      canary({ replicas: { min: 5 } }),
      'versions[1].replicas is {"min":5,"max":3}; expected max not below min. Fix: raise max or lower min',
    ],
    [
      "replicas as a number",
      canary({ replicas: 3 }),
      "versions[1].replicas is 3; expected an object with the fields min, max, waitingRequests. " +
        "Fix: pulumi config rm --path 'versions[1].replicas'",
    ],
    ["cpu zero", canary({ resources: { cpu: "0m" } }), `versions[1].resources.cpu is "0m"; ${CPU}`],
    ["memory unitless", canary({ resources: { memory: 192 } }), `versions[1].resources.memory is 192; ${MEMORY}`],
    ["memory in milli", canary({ resources: { memory: "192m" } }), `versions[1].resources.memory is "192m"; ${MEMORY}`],
    [
      "engine unknown",
      canary({ engine: { kind: "vlm", image: "x" } }),
      'versions[1].engine.kind is "vlm"; expected simulated or vllm. ' +
        "Fix: pulumi config set --path 'versions[1].engine.kind' simulated",
    ],
    [
      "engine too slow",
      canary({ engine: { timeToFirstTokenMs: 60_001 } }),
      `versions[1].engine.timeToFirstTokenMs is 60001; ${TTFT}`,
    ],
    [
      "unknown field",
      canary({ modle: "x" }),
      'versions[1].modle is "x", but there is no such setting; expected one of name, model, image, replicas, ' +
        "resources, nodeSelector, tolerations, engine (did you mean model?). Fix: pulumi config rm --path 'versions[1].modle'",
    ],
    [
      "a flag that is neither",
      { logPrompts: "yes" },
      'logPrompts is "yes"; expected true or false. Fix: pulumi config set logPrompts false',
    ],
    ["image unset", { serviceImage: "" }, `serviceImage is not set; ${SERVICE_IMAGE}${OR_BUILD}`],
    ["image by tag", { serviceImage: "vllm:latest" }, `serviceImage is "vllm:latest"; ${SERVICE_IMAGE}`],
    ["context unset", { kubeContext: undefined }, `kubeContext is not set; ${CONTEXT}`],
    ["context empty", { kubeContext: "" }, `kubeContext is not set; ${CONTEXT}`],
    ["namespace reserved", { namespace: "kube-system" }, `namespace is "kube-system"; ${NAMESPACE}`],
    ["namespace illegal", { namespace: "My_Space" }, `namespace is "My_Space"; ${NAMESPACE}`],
    [
      "istio release short",
      { mesh: { istioVersion: "1.31" } },
      'mesh.istioVersion is "1.31"; expected a full Istio release such as 1.31.1. ' +
        "Fix: pulumi config set --path 'mesh.istioVersion' 1.31.1",
    ],
    [
      "chart repository by file",
      { mesh: { chartRepository: "file:///charts" } },
      'mesh.chartRepository is "file:///charts"; expected an http:// or https:// address. ' +
        "Fix: pulumi config set --path 'mesh.chartRepository' https://blob.istio.io/istio-release/charts",
    ],
    [
      "service type unknown",
      { gateway: { serviceType: "NodePort" } },
      'gateway.serviceType is "NodePort"; expected LoadBalancer or ClusterIP. ' +
        "Fix: pulumi config set --path 'gateway.serviceType' LoadBalancer",
    ],
    [
      "unknown key",
      { canaryWieght: "5" },
      `canaryWieght is "5", but there is no such setting; expected one of ${KEYS} (did you mean canaryWeight?). ` +
        "Fix: pulumi config rm canaryWieght",
    ],
    [
      "unknown key near nothing",
      { zzz: "5" },
      `zzz is "5", but there is no such setting; expected one of ${KEYS}. Fix: pulumi config rm zzz`,
    ],
  ])("%s", (_, config, line) => {
    expect(faultsOf(config)).toEqual([line]);
  });

  it("shows a long value only in part", () => {
    expect(faultsOf({ namespace: "N".repeat(1000) })).toEqual([`namespace is "${"N".repeat(99)}...; ${NAMESPACE}`]);
  });
});

describe("pure: several faults", () => {
  it("reports all of them in one RunError", () => {
    const config = { canaryWeight: "ten", versions: [{ name: "v1" }, { name: "v1", modle: "x" }], kubeContext: "" };
    expect(faultsOf(config).map((line) => line.split(";")[0])).toEqual([
      'canaryWeight is "ten"',
      "versions[0].model is not set",
      'versions[1].modle is "x", but there is no such setting',
      "versions[1].model is not set",
      'versions[1].name is "v1"',
      "kubeContext is not set",
    ]);
  });
});
