import { beforeAll, describe, expect, it } from "vitest";
import { type Config, faultsOf, load } from "./config-fixture.ts";
import { mockEngine } from "./mocks.ts";

beforeAll(async () => {
  await mockEngine();
});

const HOSTS_CURE = "Fix: pulumi config set --path 'gateway.hosts[0]' llm.example.com";
const gateway = (own: Config): Config => ({ gateway: own });

describe("pure: one fault, one line", () => {
  it.each<[string, Config, string]>([
    [
      "platform unknown",
      { mesh: { platform: "kind" } },
      `mesh.platform is "kind"; expected gke or k3d or k3s or microk8s or minikube or openshift. ` +
        "Fix: pulumi config set --path 'mesh.platform' gke",
    ],
    [
      "revision of what is installed",
      { mesh: { revision: "1-30" } },
      'mesh.revision is "1-30"; expected none where Istio is installed, for that one has no revision. ' +
        "Fix: pulumi config rm --path 'mesh.revision', or pulumi config set --path 'mesh.install' false",
    ],
    [
      "a wildcard host",
      gateway({ hosts: ["*.example.com"] }),
      'gateway.hosts[0] is "*.example.com"; expected a full public host name in lower case, without *. ' + HOSTS_CURE,
    ],
    [
      "a host of the cluster",
      gateway({ hosts: ["vllm-service.vllm.svc.cluster.local"] }),
      'gateway.hosts[0] is "vllm-service.vllm.svc.cluster.local"; ' +
        `expected a full public host name in lower case, without *. ${HOSTS_CURE}`,
    ],
    [
      "a host twice",
      gateway({ hosts: ["llm.example.com", "llm.example.com"] }),
      'gateway.hosts is ["llm.example.com","llm.example.com"]; ' +
        `expected a list of public host names, each one once. ${HOSTS_CURE}`,
    ],
    [
      "TLS without hosts",
      gateway({ tlsSecret: "llm-tls" }),
      "gateway.hosts is not set; expected the host names of the certificate, " +
        `as there is gateway.tlsSecret or gateway.certificateIssuer. ${HOSTS_CURE}`,
    ],
    [
      "two certificates",
      gateway({ hosts: ["llm.example.com"], tlsSecret: "llm-tls", certificateIssuer: "letsencrypt" }),
      'gateway.tlsSecret is "llm-tls"; expected only one of gateway.tlsSecret and gateway.certificateIssuer. ' +
        "Fix: pulumi config rm --path 'gateway.tlsSecret'",
    ],
    [
      "the versions' namespace for the gateway",
      gateway({ namespace: "vllm" }),
      'gateway.namespace is "vllm"; expected a namespace of its own, not that of the versions, and not to be made: ' +
        "default, kube-*, istio-system. Fix: pulumi config set --path 'gateway.namespace' istio-ingress",
    ],
  ])("%s", (_, config, line) => {
    expect(faultsOf(config)).toEqual([line]);
  });
});

describe("pure: what is legal", () => {
  it("finds an existing gateway beside its control plane", () => {
    const own = { mesh: { install: false, revision: "1-30" }, gateway: { namespace: "istio-system", service: "gw" } };
    expect(load(own)).toMatchObject(own);
  });

  it.each([{ tlsSecret: "llm-tls" }, { certificateIssuer: "letsencrypt" }])("takes %j for the hosts", (tls) => {
    expect(load(gateway({ hosts: ["llm.example.com"], ...tls })).gateway).toMatchObject(tls);
  });
});
