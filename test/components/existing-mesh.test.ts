import { describe, expect, it } from "vitest";
import { ExistingMesh } from "../../components/existing-mesh.ts";
import { mockEngine, registered, valueOf } from "../mocks.ts";

const GATEWAY = { serviceType: "LoadBalancer", namespace: "edge", service: "front" } as const;
const STATE = { spec: { selector: { app: "front" } }, status: { loadBalancer: { ingress: [{ ip: "192.0.2.7" }] } } };

describe("mocks: ExistingMesh", () => {
  it.each([
    [undefined, "istio-system/istiod"],
    ["1-30", "istio-system/istiod-1-30"],
  ])("reads the control plane of revision %s and the gateway, and makes nothing", async (revision, id) => {
    const engine = await mockEngine(STATE);
    const mesh = new ExistingMesh("mesh", { revision, gateway: GATEWAY });
    expect(await valueOf(mesh.gatewaySelector)).toEqual({ app: "front" });
    expect(await valueOf(mesh.gatewayAddress)).toBe("192.0.2.7");
    await registered();
    expect(engine.types()).toEqual({
      mesh: "vllm-istio-canary:index:ExistingMesh",
      "mesh-istiod": "kubernetes:apps/v1:Deployment",
      "mesh-gateway": "kubernetes:core/v1:Service",
    });
    expect(engine.named("mesh-istiod").readId).toBe(id);
    expect(engine.named("mesh-gateway").readId).toBe("edge/front");
  });

  it("has no address of its own behind a ClusterIP", async () => {
    await mockEngine(STATE);
    const mesh = new ExistingMesh("mesh", { revision: undefined, gateway: { ...GATEWAY, serviceType: "ClusterIP" } });
    expect(await valueOf(mesh.gatewayAddress)).toBeUndefined();
    await registered();
  });
});
