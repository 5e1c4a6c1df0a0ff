import { describe, expect, it } from "vitest";
import { MutualTls } from "../../components/mutual-tls.ts";
import { mockEngine, registered } from "../mocks.ts";

const TYPE = "kubernetes:security.istio.io/v1:PeerAuthentication";

describe("mocks: MutualTls", () => {
  it("asks for it of every pod, but for who reads the service's metrics", async () => {
    const engine = await mockEngine();
    new MutualTls("tls", { namespace: "llm" });
    await registered();
    expect(engine.types()).toEqual({
      tls: "vllm-istio-canary:index:MutualTls",
      "tls-namespace": TYPE,
      "tls-service": TYPE,
    });
    expect(engine.named("tls-namespace").inputs).toMatchObject({
      metadata: { name: "default", namespace: "llm" },
      spec: { mtls: { mode: "STRICT" } },
    });
    expect(engine.named("tls-service").inputs["spec"]).toEqual({
      selector: { matchLabels: { app: "vllm-service" } },
      mtls: { mode: "STRICT" },
      portLevelMtls: { 8001: { mode: "PERMISSIVE" } },
    });
  });
});
