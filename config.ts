import * as pulumi from "@pulumi/pulumi";
import type { GatewayServiceType } from "./components/service-mesh.ts";
import type { SimulatedEngine, Version } from "./components/model-version.ts";
import { type Check, faultLine, flag, integer, object, oneOf, pair, type Rule, text, where } from "./config-checks.ts";

/** Every setting of a stack, checked, with its defaults filled in, and frozen. */
export interface Settings {
  /** Percent of the requests that the canary gets. Integer, 0-100. Default 10. */
  readonly canaryWeight: number;
  /** The stable version, then the canary. Required; their names differ. */
  readonly versions: readonly [stable: Version, canary: Version];
  /** Whether the request log on standard output holds prompts, redacted. Default false. */
  readonly logPrompts: boolean;
  /** Image of the service, `repository[:tag]@sha256:<64 hex digits>`. Required. */
  readonly serviceImage: string;
  /** Context of the kubeconfig to release to. Required: the current context is never used unasked. */
  readonly kubeContext: string;
  /** Namespace that is made for the versions: a DNS label, not `default`, `kube-*` or `istio-*`. Default "vllm". */
  readonly namespace: string;
  /** Istio release, which is also the version of its three charts. Default "1.31.1". */
  readonly istioVersion: string;
  /** http or https address of the Helm repository of Istio's charts. Default: the one of the Istio project. */
  readonly istioChartRepository: string;
  /** How the ingress gateway is reached from outside the cluster. Default "LoadBalancer". */
  readonly gatewayServiceType: GatewayServiceType;
}

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const CPU = /^(?=.*[1-9])(\d+m|\d+(\.\d{1,3})?)$/;
const MEMORY = /^(?=.*[1-9])\d+(\.\d+)?(Ki|Mi|Gi|Ti|k|M|G|T)$/;
const ISTIO_RELEASE = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;
const IMAGE_BY_DIGEST = /^[a-z0-9][a-z0-9._-]*(:\d+)?(\/[a-z0-9][a-z0-9._-]*)*(:\w[\w.-]{0,127})?@sha256:[0-9a-f]{64}$/;
const RESERVED_NAMESPACE = /^(default$|kube-|istio-)/;

const matching = (pattern: RegExp, rule: Rule, fallback?: string): Check<string> =>
  text((value) => pattern.test(value), rule, fallback);

const isWebAddress = (value: string): boolean => /^https?:\/\/\S+$/.test(value) && URL.canParse(value);

const milliseconds = (max: number, fallback: number): Check<number> =>
  integer({ min: 0, max, default: fallback, meaning: "milliseconds" });
const percent = (fallback: number, meaning: string): Check<number> =>
  integer({ min: 0, max: 100, default: fallback, meaning: `percent ${meaning}` });

const engine = object<SimulatedEngine>({
  kind: oneOf(["simulated"]),
  timeToFirstTokenMs: milliseconds(60_000, 20),
  interTokenLatencyMs: milliseconds(10_000, 5),
  maxNumSeqs: integer({ min: 1, max: 100_000, default: 64, meaning: "sequences at a time" }),
  startupSeconds: integer({ min: 0, max: 3600, default: 0, meaning: "seconds" }),
  seed: integer({ min: 0, max: 4_294_967_295, default: 0, meaning: "of texts and failures" }),
  errorPercent: percent(0, "of the requests"),
  streamErrorPercent: percent(0, "of the streams"),
  streamAbortPercent: percent(0, "of the answers"),
  answerQualityPercent: percent(100, "of a good text"),
});

const replicas = where(
  object<Version["replicas"]>({
    min: integer({ min: 1, default: 1, meaning: "pods" }),
    max: integer({ min: 1, default: 3, meaning: "pods" }),
  }),
  ({ min, max }) => max >= min,
  { expected: "max not below min", cure: "raise max or lower min" },
);

const version = object<Version>({
  name: text((value) => value.length <= 20 && DNS_LABEL.test(value), {
    expected: "1 to 20 lower-case letters, digits or -, not starting or ending with -",
    example: "v2",
  }),
  model: matching(/^[!-~]{1,256}$/, {
    expected: "the model name clients send, 1 to 256 printable characters without spaces",
    example: "my-model",
  }),
  replicas,
  resources: object<Version["resources"]>({
    cpu: matching(CPU, { expected: "a Kubernetes CPU quantity above 0, such as 100m or 2" }, "100m"),
    memory: matching(
      MEMORY,
      { expected: "a Kubernetes memory quantity above 0 with its unit, such as 384Mi" },
      "384Mi",
    ),
  }),
  engine,
});

/** The two versions; equal names are a fault of the second one even when other fields are at fault too. */
const versions: Check<Settings["versions"]> = (value, path, faults) => {
  const both = pair(version, {
    expected: "a list of exactly two versions, the stable one and the canary, each with at least name and model",
    cure: "copy the versions of Pulumi.dev.yaml into this stack's file",
  })(value, path, faults);
  const [stable, canary] = both;
  if (stable.name !== "" && stable.name === canary.name) {
    const rule = { expected: `a name other than the one of ${path}[0]`, example: `${canary.name.slice(0, 16)}-new` };
    faults.push(faultLine(`${path}[1].name`, canary.name, rule));
  }
  return both;
};

const settings = object<Settings>({
  canaryWeight: integer({ min: 0, max: 100, default: 10, meaning: "percent of requests to the canary" }),
  versions,
  logPrompts: flag(false),
  serviceImage: matching(IMAGE_BY_DIGEST, {
    expected: "an image by digest, repository[:tag]@sha256:<64 hex digits>",
    example: "REPOSITORY@sha256:DIGEST",
  }),
  kubeContext: matching(/^\S+( +\S+)*$/, {
    expected: "the name of a context of your kubeconfig (the current one is never used unasked)",
    cure: "pick one of `kubectl config get-contexts -o name`, then pulumi config set kubeContext NAME",
  }),
  namespace: text(
    (value) => value.length <= 63 && DNS_LABEL.test(value) && !RESERVED_NAMESPACE.test(value),
    { expected: "1 to 63 lower-case letters, digits or -, and not default, kube-* or istio-*" },
    "vllm",
  ),
  istioVersion: matching(ISTIO_RELEASE, { expected: "a full Istio release such as 1.31.1" }, "1.31.1"),
  istioChartRepository: text(
    isWebAddress,
    { expected: "an http:// or https:// address" },
    "https://blob.istio.io/istio-release/charts",
  ),
  gatewayServiceType: oneOf(["LoadBalancer", "ClusterIP"]),
});

/**
 * Reads and checks the configuration of the current stack, before anything is created.
 *
 * Keys of other namespaces, such as `pulumi:`, are not looked at.
 *
 * @throws {pulumi.RunError} when a setting is missing, unknown or out of range: one line for each fault, with the
 * setting, its value, what is allowed and how to repair it.
 */
export function loadSettings(): Settings {
  const prefix = `${new pulumi.Config().name}:`;
  const own = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(prefix));
  const faults: string[] = [];
  const result = settings(Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value])), "", faults);
  if (faults.length > 0) throw new pulumi.RunError(faults.join("\n"));
  return result;
}
