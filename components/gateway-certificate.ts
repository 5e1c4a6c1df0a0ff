import type { ICertificate } from "@kubernetes-models/cert-manager/cert-manager.io/v1/Certificate";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { SERVICE_NAME } from "./service-identity.ts";

/** Options of {@link GatewayCertificate}. */
export interface GatewayCertificateArgs {
  /** Namespace of the ingress gateway's pods, where they look for the secret. */
  readonly gatewayNamespace: string;
  /** Public host names, at least one. */
  readonly hosts: readonly string[];
  /** Name of a ClusterIssuer of cert-manager. */
  readonly issuer: string;
}

/** Name of the secret that cert-manager puts certificate and key into. */
export const CERTIFICATE_SECRET = `${SERVICE_NAME}-tls`;

/** The Certificate's spec: an ECDSA key of its own with each renewal. */
export function certificateSpec({ hosts, issuer }: GatewayCertificateArgs): NonNullable<ICertificate["spec"]> {
  return {
    secretName: CERTIFICATE_SECRET,
    dnsNames: [...hosts],
    issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: issuer },
    privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
  };
}

/** The TLS certificate of the public hosts, which cert-manager gets and renews. */
export class GatewayCertificate extends pulumi.ComponentResource {
  /** Asks cert-manager, which must be on the cluster, for the certificate. */
  public constructor(name: string, args: GatewayCertificateArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vllm-istio-canary:index:GatewayCertificate", name, {}, opts);
    new k8s.apiextensions.CustomResource(
      `${name}-certificate`,
      {
        apiVersion: "cert-manager.io/v1",
        kind: "Certificate",
        metadata: { name: CERTIFICATE_SECRET, namespace: args.gatewayNamespace },
        spec: certificateSpec(args),
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
