import { describe, expect, it } from "vitest";
import { gatewayUrl, loadBalancerAddress, portForwardCommand, tryIt } from "../../components/gateway-address.ts";
import { valueOf } from "../mocks.ts";

const HOST = "vllm-service.vllm.svc.cluster.local";
const REST = `-d '{"prompt":"Hello"}' | jq -r .text`;

describe("pure: the gateway's address", () => {
  it.each([
    ["an IP", [{ ip: "192.0.2.7" }], "192.0.2.7"],
    ["a host name", [{ hostname: "lb.example.com" }], "lb.example.com"],
    ["both", [{ ip: "192.0.2.7", hostname: "lb.example.com" }], "192.0.2.7"],
    ["none yet", [], ""],
    ["no list yet", undefined, ""],
  ])("is %s", (_, ingress, address) => {
    expect(loadBalancerAddress({ loadBalancer: ingress === undefined ? {} : { ingress } })).toBe(address);
  });

  it("is none while the Service has no status", () => {
    expect(loadBalancerAddress(undefined)).toBe("");
    expect(loadBalancerAddress({})).toBe("");
  });

  it.each([
    ["192.0.2.7", "http://192.0.2.7"],
    ["2001:db8::7", "http://[2001:db8::7]"],
    ["lb.example.com", "http://lb.example.com"],
    ["", "no address yet: run `pulumi up --refresh` once the load balancer has one"],
    [undefined, "http://localhost:8080"],
  ])("%j gives %s", (address, url) => {
    expect(gatewayUrl(address)).toBe(url);
  });
});

describe("pure: commands to try", () => {
  it.each([
    ["kind-dev", "kind-dev"],
    ["arn:aws:eks:eu-west-1:1:cluster/prod", "arn:aws:eks:eu-west-1:1:cluster/prod"],
    ["it's mine", String.raw`'it'\''s mine'`],
  ])("quotes the context %s for a shell", (context, word) => {
    expect(portForwardCommand(context)).toBe(
      `kubectl --context ${word} -n istio-ingress port-forward service/istio-ingress 8080:80`,
    );
  });

  it("are two curls behind a load balancer", async () => {
    const args = { url: "http://192.0.2.7", host: HOST, canary: "v2", portForwardContext: undefined };
    expect(await valueOf(tryIt(args))).toEqual({
      completion: `curl -s http://192.0.2.7/v1/completions -H "Host: ${HOST}" ${REST}`,
      abTest: `curl -s http://192.0.2.7/v1/completions -H "Host: ${HOST}" -H "x-ab-test: v2" ${REST}`,
    });
  });

  it("begin with a port-forward for a ClusterIP gateway", async () => {
    const args = { url: "http://localhost:8080", host: HOST, canary: "v2", portForwardContext: "kind-dev" };
    expect(await valueOf(tryIt(args))).toEqual({
      portForward: "kubectl --context kind-dev -n istio-ingress port-forward service/istio-ingress 8080:80",
      completion: `curl -s http://localhost:8080/v1/completions -H "Host: ${HOST}" ${REST}`,
      abTest: `curl -s http://localhost:8080/v1/completions -H "Host: ${HOST}" -H "x-ab-test: v2" ${REST}`,
    });
  });
});
