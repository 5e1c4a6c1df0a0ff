import * as pulumi from "@pulumi/pulumi";
import type { GatewaySettings } from "./components/gateway-settings.ts";
import type { Version } from "./components/model-version.ts";
import type { MonitoringSettings } from "./components/monitoring.ts";
import type { ObservabilitySettings } from "./components/observability.ts";
import type { MeshSettings } from "./components/service-mesh.ts";
import { flag, integer, matching, optional, text } from "./config/checks.ts";
import { object } from "./config/collections.ts";
import { gatewayAccessFaults, gatewayApiKeys } from "./config/gateway-access.ts";
import {
  imageFaults,
  type ImageSettings,
  imageSigningKey,
  registryPassword,
  registryUsername,
  serviceImage,
  serviceImageBuild,
} from "./config/image.ts";
import { gateway, mesh, meshFaults } from "./config/mesh.ts";
import { grafanaAdminPassword, monitoring, monitoringFaults } from "./config/monitoring.ts";
import { alertReceiverSecret, observability, observabilityFaults } from "./config/observability.ts";
import { DNS_LABEL, isWebAddress } from "./config/patterns.ts";
import { secret } from "./config/secrets.ts";
import { versions } from "./config/versions.ts";

/** Every setting of a stack, checked, with its defaults filled in, and frozen. */
export interface Settings extends ImageSettings {
  /** Percent of the requests that the canary gets. Integer, 0-100. Default 10. */
  readonly canaryWeight: number;
  /** The stable version, then the canary. Required; their names differ. */
  readonly versions: readonly [stable: Version, canary: Version];
  /** Whether the request log on standard output holds prompts, redacted. Default false. */
  readonly logPrompts: boolean;
  /** Whether a client keeps the version it was drawn to, by a cookie, until another weight moves it. Default false. */
  readonly stickyVersions: boolean;
  /** Secret. Token by which vLLM downloads models from Hugging Face. Default: public models alone. */
  readonly huggingFaceToken: pulumi.Output<string> | undefined;
  /** http or https address of an OpenTelemetry collector (OTLP by HTTP), without `/v1/traces`. Default: no spans. */
  readonly tracingEndpoint: string | undefined;
  /** Context of the kubeconfig to release to. Required: the current context is never used unasked. */
  readonly kubeContext: string;
  /** Namespace that is made for the versions: a DNS label, not `default`, `kube-*` or `istio-*`. Default "vllm". */
  readonly namespace: string;
  /** The mesh of the cluster. Default: Istio is installed, by its own charts. */
  readonly mesh: MeshSettings;
  /** The way into the mesh. Default: a LoadBalancer. */
  readonly gateway: GatewaySettings;
  /**
   * Secret. Keys that let a client in, of which it sends one as `Authorization: Bearer KEY`: separated by commas or white
   * space, each of at least 32 letters, digits, _ or -. Default: no key is asked for.
   */
  readonly gatewayApiKeys: pulumi.Output<readonly string[]> | undefined;
  /** Prometheus, Alertmanager and Grafana. Default: they are installed. */
  readonly monitoring: MonitoringSettings;
  /** Secret. Password of Grafana's user `admin`. Required where Grafana is installed. */
  readonly grafanaAdminPassword: pulumi.Output<string> | undefined;
  /** What is watched of the versions, and who is told. */
  readonly observability: ObservabilitySettings;
  /**
   * Secret. Address of the receiver's webhook, or of Slack's, or PagerDuty's integration key. Required with
   * `observability.receiver`.
   */
  readonly alertReceiverSecret: pulumi.Output<string> | undefined;
  /**
   * Whether mesh, gateway and monitoring survive the loss of a node, which takes several of each, spread over nodes.
   * Default false.
   */
  readonly highAvailability: boolean;
}

const RESERVED_NAMESPACE = /^(default$|kube-|istio-)/;

const settings = object<Settings>({
  canaryWeight: integer({ min: 0, max: 100, default: 10, meaning: "percent of requests to the canary" }),
  versions,
  logPrompts: flag(false),
  stickyVersions: flag(false),
  serviceImage,
  serviceImageBuild,
  imageSigningKey,
  registryUsername,
  registryPassword,
  huggingFaceToken: secret((value) => /^\S+$/.test(value), { expected: "a Hugging Face token without spaces" }),
  tracingEndpoint: optional(text(isWebAddress, { expected: "an http:// or https:// address" })),
  kubeContext: matching(/^\S+( +\S+)*$/, {
    expected: "the name of a context of your kubeconfig (the current one is never used unasked)",
    cure: "pick one of `kubectl config get-contexts -o name`, then pulumi config set kubeContext NAME",
  }),
  namespace: text(
    (value) => value.length <= 63 && DNS_LABEL.test(value) && !RESERVED_NAMESPACE.test(value),
    { expected: "1 to 63 lower-case letters, digits or -, and not default, kube-* or istio-*" },
    "vllm",
  ),
  mesh,
  gateway,
  gatewayApiKeys,
  monitoring,
  grafanaAdminPassword,
  observability,
  alertReceiverSecret,
  highAvailability: flag(false),
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
  if (faults.length === 0) {
    faults.push(
      ...meshFaults(result),
      ...gatewayAccessFaults(result),
      ...imageFaults(result),
      ...monitoringFaults(result),
      ...observabilityFaults(result),
    );
  }
  if (faults.length > 0) throw new pulumi.RunError(faults.join("\n"));
  return result;
}
