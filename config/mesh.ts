import type { GatewaySettings, MeshSettings } from "../components/service-mesh.ts";
import { matching, oneOf, text } from "./checks.ts";
import { object } from "./collections.ts";
import { isWebAddress, RELEASE } from "./patterns.ts";

/** The mesh of the cluster. */
export const mesh = object<MeshSettings>({
  istioVersion: matching(RELEASE, { expected: "a full Istio release such as 1.31.1" }, "1.31.1"),
  chartRepository: text(
    isWebAddress,
    { expected: "an http:// or https:// address" },
    "https://blob.istio.io/istio-release/charts",
  ),
});

/** The way into the mesh. */
export const gateway = object<GatewaySettings>({ serviceType: oneOf(["LoadBalancer", "ClusterIP"]) });
