import * as pulumi from "@pulumi/pulumi";
import { beforeEach, describe, expect, it } from "vitest";
import {
  authenticationSpec,
  exactHosts,
  GatewayAccess,
  type GatewayAccessArgs,
  keyRules,
  tokenPatches,
  tokenRules,
} from "../../components/gateway-access.ts";
import { rateLimitPatches } from "../../components/rate-limit.ts";
import { mockEngine, type Recorder, registered } from "../mocks.ts";

/** The SDK wraps a secret input in an envelope with this mark. */
const SECRET_MARK = "4dabf18193072939515e22adb298388d";
const SELECTOR = { istio: "ingress" };
const HOSTS = ["vllm-service.llm.svc.cluster.local", "llm.example.com"];
const OPERATIONS = [
  {
    operation: {
      hosts: [
        "vllm-service.llm.svc.cluster.local",
        "vllm-service.llm.svc.cluster.local:*",
        "llm.example.com",
        "llm.example.com:*",
      ],
    },
  },
];
const KEYS = ["a".repeat(32), "b".repeat(32)];
const ISSUER = { issuer: "https://login.example.com/", jwksUri: "https://login.example.com/keys", audiences: ["llm"] };
const OPEN_ISSUER = { issuer: "ci", jwksUri: "https://ci.example.com/keys", audiences: [] };
const ARGS: GatewayAccessArgs = {
  gatewayNamespace: "edge",
  gatewaySelector: SELECTOR,
  hosts: HOSTS,
  apiKeys: undefined,
  jwt: [],
  requestsPerMinute: undefined,
};
const METADATA = { name: HOSTS[0], namespace: "edge", annotations: { "pulumi.com/patchForce": "true" } };
const COMPONENT = { access: "vllm-istio-canary:index:GatewayAccess" };
const POLICY = { "access-policy": "kubernetes:security.istio.io/v1:AuthorizationPolicy" };
const AUTHENTICATION = { "access-authentication": "kubernetes:security.istio.io/v1:RequestAuthentication" };
const FILTERS = { "access-filters": "kubernetes:networking.istio.io/v1alpha3:EnvoyFilter" };

describe("pure: who may call", () => {
  it("denies our hosts alone, on any port, to requests without one of the keys", () => {
    expect(keyRules(HOSTS, KEYS)).toEqual([
      {
        to: OPERATIONS,
        when: [
          {
            key: "request.headers[authorization]",
            notValues: [`Bearer ${"a".repeat(32)}`, `Bearer ${"b".repeat(32)}`],
          },
        ],
      },
    ]);
  });

  it("denies them to requests without a token of these issuers, or with one for another audience", () => {
    expect(tokenRules(HOSTS, [ISSUER, OPEN_ISSUER])).toEqual([
      {
        to: OPERATIONS,
        from: [{ source: { notRequestPrincipals: ["https://login.example.com//*", "ci/*"] } }],
      },
      {
        to: OPERATIONS,
        from: [{ source: { requestPrincipals: ["https://login.example.com//*"] } }],
        when: [{ key: "request.auth.audiences", notValues: ["llm"] }],
      },
    ]);
  });

  it("looks for tokens in a header of its own, because it does so for all hosts of the gateway", () => {
    const fromHeaders = [{ name: "x-vllm-service-token", prefix: "Bearer " }];
    expect(authenticationSpec(SELECTOR, [ISSUER, OPEN_ISSUER])).toEqual({
      selector: { matchLabels: SELECTOR },
      jwtRules: [
        {
          issuer: "https://login.example.com/",
          jwksUri: "https://login.example.com/keys",
          audiences: ["llm"],
          fromHeaders,
        },
        { issuer: "ci", jwksUri: "https://ci.example.com/keys", fromHeaders },
      ],
    });
  });

  it("moves the tokens of our hosts there before anything else sees them", () => {
    const [insertion, ...activations] = tokenPatches(HOSTS);
    const type = "type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutation";
    const name = `access-token/${HOSTS[0] ?? ""}`;
    expect(insertion?.patch).toEqual({ operation: "INSERT_FIRST", value: { name, typed_config: { "@type": type } } });
    const mutations = {
      request_mutations: [
        {
          append: {
            header: { key: "x-vllm-service-token", value: "%REQ(authorization)%" },
            append_action: "OVERWRITE_IF_EXISTS_OR_ADD",
          },
        },
        { remove: "authorization" },
      ],
    };
    const value = { typed_per_filter_config: { [name]: { "@type": `${type}PerRoute`, mutations } } };
    expect(activations.map(({ patch }) => patch)).toEqual(HOSTS.map(() => ({ operation: "MERGE", value })));
  });

  it("takes host names in full and nothing else", () => {
    expect(exactHosts(HOSTS)).toEqual(HOSTS);
    expect(() => exactHosts([])).toThrow("hosts is []; expected at least one host name");
    expect(() => exactHosts(["llm.example.com", "*.example.com"])).toThrow(
      'hosts has "*.example.com"; expected host names in full, without *',
    );
  });
});

describe("mocks: GatewayAccess", () => {
  let engine: Recorder;
  beforeEach(async () => {
    engine = await mockEngine();
  });

  it("makes nothing when nothing is asked for", async () => {
    new GatewayAccess("access", ARGS);
    await registered();
    expect(engine.types()).toEqual(COMPONENT);
  });

  it.each([
    ["plain", pulumi.output(KEYS)],
    ["secret", pulumi.secret(KEYS)],
  ])("denies requests without a key at the gateway, and hides %s keys", async (_, apiKeys) => {
    new GatewayAccess("access", { ...ARGS, apiKeys, requestsPerMinute: 60 });
    await registered();
    expect(engine.types()).toEqual({ ...COMPONENT, ...POLICY, ...FILTERS });
    expect(engine.named("access-policy").inputs).toEqual({
      apiVersion: "security.istio.io/v1",
      kind: "AuthorizationPolicy",
      metadata: METADATA,
      spec: {
        [SECRET_MARK]: "1b47061264138c4ac30d75fd1eb44270",
        value: { selector: { matchLabels: SELECTOR }, action: "DENY", rules: keyRules(HOSTS, KEYS) },
      },
    });
    const others = engine.all.filter(({ name }) => name !== "access-policy");
    expect(others).toHaveLength(2);
    expect(JSON.stringify(others)).not.toContain(KEYS[0]);
    expect(engine.named("access-filters").inputs.spec).toEqual({
      priority: 10,
      workloadSelector: { labels: SELECTOR },
      configPatches: rateLimitPatches(HOSTS, 60, "authorization"),
    });
  });

  it("asks for tokens, and limits their subjects", async () => {
    new GatewayAccess("access", { ...ARGS, jwt: [ISSUER], requestsPerMinute: 5 });
    await registered();
    expect(engine.types()).toEqual({ ...COMPONENT, ...AUTHENTICATION, ...POLICY, ...FILTERS });
    expect(engine.parents()).toEqual({
      "access-authentication": COMPONENT.access,
      "access-filters": COMPONENT.access,
      "access-policy": COMPONENT.access,
    });
    expect(engine.named("access-authentication").inputs).toEqual({
      apiVersion: "security.istio.io/v1",
      kind: "RequestAuthentication",
      metadata: METADATA,
      spec: authenticationSpec(SELECTOR, [ISSUER]),
    });
    expect(engine.named("access-policy").inputs.spec).toEqual({
      selector: { matchLabels: SELECTOR },
      action: "DENY",
      rules: tokenRules(HOSTS, [ISSUER]),
    });
    expect(engine.named("access-filters").inputs).toEqual({
      apiVersion: "networking.istio.io/v1alpha3",
      kind: "EnvoyFilter",
      metadata: METADATA,
      spec: {
        priority: 10,
        workloadSelector: { labels: SELECTOR },
        configPatches: [...tokenPatches(HOSTS), ...rateLimitPatches(HOSTS, 5, "subject")],
      },
    });
  });

  it("asks for tokens without a limit", async () => {
    new GatewayAccess("access", { ...ARGS, jwt: [OPEN_ISSUER] });
    await registered();
    expect(engine.types()).toEqual({ ...COMPONENT, ...AUTHENTICATION, ...POLICY, ...FILTERS });
    expect(engine.named("access-filters").inputs.spec).toMatchObject({ configPatches: tokenPatches(HOSTS) });
  });

  it("limits addresses where anyone may call", async () => {
    new GatewayAccess("access", { ...ARGS, requestsPerMinute: 1 });
    await registered();
    expect(engine.types()).toEqual({ ...COMPONENT, ...FILTERS });
    expect(engine.named("access-filters").inputs.spec).toMatchObject({
      configPatches: rateLimitPatches(HOSTS, 1, "address"),
    });
  });

  it.each([
    [{ apiKeys: pulumi.secret(KEYS), jwt: [ISSUER] }, "apiKeys and jwt are both set; expected only one of them"],
    [{ requestsPerMinute: 0 }, "requestsPerMinute is 0; expected an integer from 1 to 1000000"],
    [{ requestsPerMinute: 1_000_001 }, "requestsPerMinute is 1000001; expected an integer from 1 to 1000000"],
    [{ requestsPerMinute: 1.5 }, "requestsPerMinute is 1.5; expected an integer from 1 to 1000000"],
  ])("refuses %j before it makes anything", async (fault, message) => {
    expect(() => new GatewayAccess("access", { ...ARGS, ...fault })).toThrow(message);
    await registered();
    expect(engine.types()).toEqual(COMPONENT);
  });
});
