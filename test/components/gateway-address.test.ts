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
    ["192.0.2.7", false, "http://192.0.2.7"],
    ["192.0.2.7", true, "https://192.0.2.7"],
    ["2001:db8::7", false, "http://[2001:db8::7]"],
    ["lb.example.com", true, "https://lb.example.com"],
    ["", true, "no address yet: run `pulumi up --refresh` once the load balancer has one"],
    [undefined, false, "http://localhost:8080"],
    [undefined, true, "https://localhost:8443"],
  ])("%j with TLS %j gives %s", (address, tls, url) => {
    expect(gatewayUrl(address, tls)).toBe(url);
  });
});

describe("pure: commands to try", () => {
  const GATEWAY = { serviceType: "LoadBalancer", namespace: "edge", service: "front" } as const;
  const ARGS = {
    url: "http://192.0.2.7",
    host: HOST,
    publicHost: undefined,
    asksForKey: false,
    canary: "v2",
    gateway: GATEWAY,
    tls: false,
    kubeContext: "kind-dev",
  };
  const CLUSTER_IP = { ...GATEWAY, serviceType: "ClusterIP" } as const;

  it.each([
    ["kind-dev", "kind-dev"],
    ["arn:aws:eks:eu-west-1:1:cluster/prod", "arn:aws:eks:eu-west-1:1:cluster/prod"],
    ["it's mine", String.raw`'it'\''s mine'`],
  ])("quotes the context %s for a shell", (kubeContext, word) => {
    expect(portForwardCommand({ ...ARGS, kubeContext })).toBe(
      `kubectl --context ${word} -n edge port-forward service/front 8080:80`,
    );
  });

  it("are two curls behind a load balancer", async () => {
    expect(await valueOf(tryIt(ARGS))).toEqual({
      completion: `curl -s http://192.0.2.7/v1/completions -H "Host: ${HOST}" ${REST}`,
      abTest: `curl -s http://192.0.2.7/v1/completions -H "Host: ${HOST}" -H "x-ab-test: v2" ${REST}`,
    });
  });

  it("begin with a port-forward for a ClusterIP gateway", async () => {
    expect(await valueOf(tryIt({ ...ARGS, gateway: CLUSTER_IP, url: "http://localhost:8080" }))).toEqual({
      portForward: "kubectl --context kind-dev -n edge port-forward service/front 8080:80",
      completion: `curl -s http://localhost:8080/v1/completions -H "Host: ${HOST}" ${REST}`,
      abTest: `curl -s http://localhost:8080/v1/completions -H "Host: ${HOST}" -H "x-ab-test: v2" ${REST}`,
    });
  });

  it.each([
    ["https://192.0.2.7", "192.0.2.7:"],
    ["https://[2001:db8::7]", "[2001:db8::7]:"],
    ["no address yet: run", "llm.example.com:"],
  ])("name the public host and go to the address of %s", async (url, target) => {
    const start = `curl -s https://llm.example.com/v1/completions --connect-to ::${target}`;
    expect(await valueOf(tryIt({ ...ARGS, url, tls: true, publicHost: "llm.example.com" }))).toEqual({
      completion: `${start} ${REST}`,
      abTest: `${start} -H "x-ab-test: v2" ${REST}`,
    });
  });

  it("go through the forwarded port of a public host", async () => {
    const args = {
      ...ARGS,
      gateway: CLUSTER_IP,
      url: "https://localhost:8443",
      tls: true,
      publicHost: "llm.example.com",
    };
    expect(await valueOf(tryIt(args))).toEqual({
      portForward: "kubectl --context kind-dev -n edge port-forward service/front 8443:443",
      completion: `curl -s https://llm.example.com/v1/completions --connect-to ::localhost:8443 ${REST}`,
      abTest: `curl -s https://llm.example.com/v1/completions --connect-to ::localhost:8443 -H "x-ab-test: v2" ${REST}`,
    });
  });

  it("send the key or token that the gateway asks for", async () => {
    expect(await valueOf(tryIt({ ...ARGS, asksForKey: true }))).toEqual({
      completion: `curl -s http://192.0.2.7/v1/completions -H "Host: ${HOST}" -H "Authorization: Bearer $API_KEY" ${REST}`,
      abTest: `curl -s http://192.0.2.7/v1/completions -H "Host: ${HOST}" -H "Authorization: Bearer $API_KEY" -H "x-ab-test: v2" ${REST}`,
    });
  });
});
