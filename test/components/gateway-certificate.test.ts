import { describe, expect, it } from "vitest";
import { GatewayCertificate } from "../../components/gateway-certificate.ts";
import { mockEngine, registered } from "../mocks.ts";

describe("mocks: GatewayCertificate", () => {
  it("asks cert-manager for one certificate of all hosts, where the gateway looks for it", async () => {
    const engine = await mockEngine();
    const hosts = ["llm.example.com", "llm.example.org"];
    new GatewayCertificate("tls", { gatewayNamespace: "edge", hosts, issuer: "letsencrypt" });
    await registered();
    expect(engine.types()).toEqual({
      tls: "vllm-istio-canary:index:GatewayCertificate",
      "tls-certificate": "kubernetes:cert-manager.io/v1:Certificate",
    });
    expect(engine.named("tls-certificate").inputs).toMatchObject({
      metadata: { name: "vllm-service-tls", namespace: "edge" },
      spec: {
        secretName: "vllm-service-tls",
        dnsNames: hosts,
        issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: "letsencrypt" },
        privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
      },
    });
  });
});
