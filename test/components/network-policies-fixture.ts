import { NetworkPolicies, type NetworkPoliciesArgs } from "../../components/network-policies.ts";
import { mockEngine, type Recorder, registered } from "../mocks.ts";
import type { Policy } from "./flows.ts";

/** Everything a stack may ask of its network policies. */
export const ARGS = {
  namespace: "llm",
  gatewayNamespace: "istio-ingress",
  gatewaySelector: { app: "istio-ingress", istio: "ingress" },
  controlPlaneNamespace: "istio-system",
  monitoringNamespace: "monitoring",
  downloadingVersions: ["v2"],
  tracingEndpoint: "http://collector.tracing.svc:4318",
} satisfies NetworkPoliciesArgs;

/** The policies that the component makes of `args`, and everything it registers. */
export async function policiesOf(args: NetworkPoliciesArgs): Promise<{ engine: Recorder; policies: Policy[] }> {
  const engine = await mockEngine();
  new NetworkPolicies("network", args);
  await registered();
  const made = engine.all.filter(({ type }) => type === "kubernetes:networking.k8s.io/v1:NetworkPolicy");
  return { engine, policies: made.map(({ inputs }) => inputs as unknown as Policy) };
}
