import type { GatewaySettings } from "../components/gateway-settings.ts";
import type { MeshSettings } from "../components/service-mesh.ts";
import { type Check, faultLine, flag, matching, oneOf, optional, type Rule, text, where } from "./checks.ts";
import { list, object } from "./collections.ts";
import { jwt, requestsPerMinute } from "./gateway-access.ts";
import { DNS_LABEL, DNS_SUBDOMAIN, isWebAddress, RELEASE } from "./patterns.ts";

/** The settings that say which mesh there is, and the way into it. */
export interface MeshChoices {
  /** The mesh of the cluster. */
  readonly mesh: MeshSettings;
  /** The way into it. */
  readonly gateway: GatewaySettings;
  /** Namespace that is made for the versions. */
  readonly namespace: string;
}

/** The mesh of the cluster. */
export const mesh: Check<MeshSettings> = object<MeshSettings>({
  install: flag(true),
  istioVersion: matching(RELEASE, { expected: "a full Istio release such as 1.31.1" }, "1.31.1"),
  chartRepository: text(
    isWebAddress,
    { expected: "an http:// or https:// address" },
    "https://blob.istio.io/istio-release/charts",
  ),
  cni: flag(true),
  platform: optional(oneOf(["gke", "k3d", "k3s", "microk8s", "minikube", "openshift"])),
  revision: optional(
    text((value) => value.length <= 56 && DNS_LABEL.test(value), {
      expected: "the istio.io/rev label of a control plane",
      cure: "pick one of `kubectl -n istio-system get deployments -l app=istiod -L istio.io/rev`",
    }),
  ),
});

const HOSTS_RULE: Rule = {
  expected: "a list of public host names, each one once",
  cure: "pulumi config set --path 'gateway.hosts[0]' llm.example.com",
};

const isPublicName = (value: string): boolean =>
  DNS_SUBDOMAIN.test(value) && value.includes(".") && !value.endsWith(".local");

const serviceName = (kind: string, fallback: string): Check<string> =>
  text(
    (value) => value.length <= 63 && DNS_LABEL.test(value),
    { expected: `${kind}: 1 to 63 lower-case letters, digits or -` },
    fallback,
  );

const objectName = (kind: string): Check<string | undefined> =>
  optional(matching(DNS_SUBDOMAIN, { expected: `the name of ${kind}` }));

/** The way into the mesh. */
export const gateway: Check<GatewaySettings> = object<GatewaySettings>({
  serviceType: oneOf(["LoadBalancer", "ClusterIP"]),
  namespace: serviceName("a namespace", "istio-ingress"),
  service: serviceName("the name of a Service", "istio-ingress"),
  hosts: where(
    list(
      text(isPublicName, { expected: "a full public host name in lower case, without *", example: "llm.example.com" }),
      HOSTS_RULE,
    ),
    (hosts) => new Set(hosts).size === hosts.length,
    HOSTS_RULE,
  ),
  tlsSecret: objectName("a TLS secret in the gateway's namespace"),
  certificateIssuer: objectName("a ClusterIssuer of cert-manager"),
  jwt,
  requestsPerMinute,
});

/** What is at fault between the settings of mesh and gateway: one line each. */
export function meshFaults(choices: MeshChoices): readonly string[] {
  return [...revisionFaults(choices), ...namespaceFaults(choices), ...tlsFaults(choices.gateway)];
}

function revisionFaults({ mesh: { install, revision } }: MeshChoices): string[] {
  if (!install || revision === undefined) return [];
  const expected = "none where Istio is installed, for that one has no revision";
  const cure = "pulumi config rm --path 'mesh.revision', or pulumi config set --path 'mesh.install' false";
  return [faultLine("mesh.revision", revision, { expected, cure })];
}

function namespaceFaults({ mesh: { install }, gateway: { namespace }, namespace: own }: MeshChoices): string[] {
  const isTaken = namespace === own || (install && /^(default$|kube-|istio-system$)/.test(namespace));
  if (!isTaken) return [];
  const expected =
    "a namespace of its own, not that of the versions, and not to be made: default, kube-*, istio-system";
  return [faultLine("gateway.namespace", namespace, { expected, example: "istio-ingress" })];
}

function tlsFaults({ hosts, tlsSecret, certificateIssuer }: GatewaySettings): string[] {
  if (tlsSecret !== undefined && certificateIssuer !== undefined) {
    const expected = "only one of gateway.tlsSecret and gateway.certificateIssuer";
    return [
      faultLine("gateway.tlsSecret", tlsSecret, { expected, cure: "pulumi config rm --path 'gateway.tlsSecret'" }),
    ];
  }
  if (hosts.length > 0 || (tlsSecret ?? certificateIssuer) === undefined) return [];
  const expected = "the host names of the certificate, as there is gateway.tlsSecret or gateway.certificateIssuer";
  return [faultLine("gateway.hosts", undefined, { ...HOSTS_RULE, expected })];
}
