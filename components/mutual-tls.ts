import type { IPeerAuthentication } from "@kubernetes-models/istio/security.istio.io/v1/PeerAuthentication";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { METRICS_PORT } from "./server-container.ts";
import { SERVICE_NAME, serviceLabels } from "./service-identity.ts";

type Spec = NonNullable<IPeerAuthentication["spec"]>;

/** Pods of the namespace take connections of the mesh alone, by mutual TLS. */
export function strictSpec(): Spec {
  return { mtls: { mode: "STRICT" } };
}

/** As {@link strictSpec}, but a Prometheus outside of the mesh may read the service's metrics in plain text. */
export function serviceSpec(): Spec {
  return {
    selector: { matchLabels: serviceLabels() },
    ...strictSpec(),
    portLevelMtls: { [METRICS_PORT]: { mode: "PERMISSIVE" } },
  };
}

/** Mutual TLS for every pod of a namespace, and nothing else. */
export class MutualTls extends pulumi.ComponentResource {
  /** Makes the rules of `namespace`. */
  public constructor(
    name: string,
    { namespace }: { readonly namespace: pulumi.Input<string> },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("vllm-istio-canary:index:MutualTls", name, {}, opts);
    const add = (suffix: string, own: string, spec: Spec): void => {
      new k8s.apiextensions.CustomResource(
        `${name}-${suffix}`,
        {
          apiVersion: "security.istio.io/v1",
          kind: "PeerAuthentication",
          metadata: { name: own, namespace },
          spec,
        },
        { parent: this },
      );
    };
    add("namespace", "default", strictSpec());
    add("service", SERVICE_NAME, serviceSpec());
    this.registerOutputs({});
  }
}
