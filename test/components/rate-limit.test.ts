import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ConfigPatch, hostFilterPatches } from "../../components/host-filters.ts";
import { type ClientIdentity, rateLimitPatches } from "../../components/rate-limit.ts";

const HOSTS = ["llm.example.com", "models.example.com"];
const RATE_LIMIT = "type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit";
const CUSTOM_RESPONSE = "type.googleapis.com/envoy.extensions.filters.http.custom_response.v3.CustomResponse";
const MANAGER = "envoy.filters.network.http_connection_manager";

type Values = Readonly<Record<string, unknown>>;

/** What each patch puts into the gateway's configuration. */
function valuesOf(patches: readonly ConfigPatch[]): (Values | undefined)[] {
  return patches.map(({ patch }) => patch?.value as Values | undefined);
}

/** What the filter of that purpose is told for the first host. */
function activeConfig(purpose: string, requestsPerMinute: number, client: ClientIdentity): Values {
  const name = `${purpose}/llm.example.com`;
  const configs = valuesOf(rateLimitPatches(HOSTS, requestsPerMinute, client)).map(
    (value) => value?.["typed_per_filter_config"] as Record<string, Values> | undefined,
  );
  const config = configs.find((one) => one?.[name] !== undefined)?.[name];
  if (config === undefined) throw new Error(`no ${name}`);
  return config;
}

describe("pure: filters of some hosts", () => {
  const inert = { "@type": "T" };
  const active = { "@type": "P", some: "thing" };

  it("do nothing but for the virtual hosts of those hosts, and have the first one's name", () => {
    expect(hostFilterPatches(HOSTS, { purpose: "tint", position: "last", inert, active })).toEqual([
      {
        applyTo: "HTTP_FILTER",
        match: {
          context: "GATEWAY",
          listener: {
            filterChain: { filter: { name: MANAGER, subFilter: { name: "envoy.filters.http.router" } } },
          },
        },
        patch: { operation: "INSERT_BEFORE", value: { name: "tint/llm.example.com", typed_config: inert } },
      },
      ...HOSTS.map((domainName) => ({
        applyTo: "VIRTUAL_HOST",
        match: { context: "GATEWAY", routeConfiguration: { vhost: { domainName } } },
        patch: { operation: "MERGE", value: { typed_per_filter_config: { "tint/llm.example.com": active } } },
      })),
    ]);
  });

  it("go ahead of all others where they must", () => {
    expect(hostFilterPatches(HOSTS, { purpose: "tint", position: "first", inert, active })[0]).toEqual({
      applyTo: "HTTP_FILTER",
      match: { context: "GATEWAY", listener: { filterChain: { filter: { name: MANAGER } } } },
      patch: { operation: "INSERT_FIRST", value: { name: "tint/llm.example.com", typed_config: inert } },
    });
  });
});

describe("pure: rate limit", () => {
  it("has a bucket for each client, of which it keeps 10,000, and one for all that cannot be told", () => {
    const bucket = { max_tokens: 90, tokens_per_fill: 90, fill_interval: "60s" };
    const always = { default_value: { numerator: 100, denominator: "HUNDRED" } };
    expect(activeConfig("rate-limit", 90, "authorization")).toEqual({
      "@type": RATE_LIMIT,
      stat_prefix: "gateway_access",
      filter_enabled: always,
      filter_enforced: always,
      token_bucket: bucket,
      always_consume_default_token_bucket: false,
      max_dynamic_descriptors: 10_000,
      response_headers_to_add: [
        { header: { key: "x-gateway-rate-limited", value: "true" }, append_action: "OVERWRITE_IF_EXISTS_OR_ADD" },
      ],
      rate_limits: [
        { actions: [{ request_headers: { header_name: "authorization", descriptor_key: "authorization" } }] },
      ],
      descriptors: [{ entries: [{ key: "authorization" }], token_bucket: bucket }],
    });
  });

  it("tells clients apart by address, of IPv6 the network", () => {
    const { rate_limits, descriptors } = activeConfig("rate-limit", 1, "address");
    expect(rate_limits).toEqual([{ actions: [{ masked_remote_address: { v6_prefix_mask_len: 64 } }] }]);
    expect(descriptors).toMatchObject([{ entries: [{ key: "masked_remote_address" }] }]);
  });

  it("tells clients apart by issuer and subject", () => {
    const { rate_limits, descriptors } = activeConfig("rate-limit", 1, "subject");
    const claim = (name: string) => ({
      metadata: {
        descriptor_key: name,
        metadata_key: { key: "envoy.filters.http.jwt_authn", path: [{ key: "payload" }, { key: name }] },
      },
    });
    expect(rate_limits).toEqual([{ actions: [claim("iss"), claim("sub")] }]);
    expect(descriptors).toMatchObject([{ entries: [{ key: "iss" }, { key: "sub" }] }]);
  });

  it("does nothing to other hosts", () => {
    const values = valuesOf(rateLimitPatches(HOSTS, 60, "address"));
    expect(values.filter((value) => value?.["typed_config"] !== undefined)).toEqual([
      { name: "rate-limit-answer/llm.example.com", typed_config: { "@type": CUSTOM_RESPONSE } },
      {
        name: "rate-limit/llm.example.com",
        typed_config: { "@type": RATE_LIMIT, stat_prefix: "gateway_access" },
      },
    ]);
    expect(values).toHaveLength(2 + 2 * HOSTS.length);
  });

  it("answers in the form of OpenAI's API, in place of its own answer alone", () => {
    const error = {
      message: "Rate limit of 25 requests per minute reached. Try again in 3 s.",
      type: "requests",
      param: null,
      code: "rate_limit_exceeded",
    };
    const set = (key: string, value: string) => ({
      header: { key, value },
      append_action: "OVERWRITE_IF_EXISTS_OR_ADD",
    });
    const policy = {
      "@type": "type.googleapis.com/envoy.extensions.http.custom_response.local_response_policy.v3.LocalResponsePolicy",
      body: { inline_string: JSON.stringify({ error }) },
      response_headers_to_add: [set("content-type", "application/json"), set("retry-after", "3")],
    };
    const input = {
      "@type": "type.googleapis.com/envoy.type.matcher.v3.HttpResponseHeaderMatchInput",
      header_name: "x-gateway-rate-limited",
    };
    expect(activeConfig("rate-limit-answer", 25, "address")).toEqual({
      "@type": CUSTOM_RESPONSE,
      custom_response_matcher: {
        matcher_list: {
          matchers: [
            {
              predicate: {
                single_predicate: {
                  input: { name: "limited", typed_config: input },
                  value_match: { exact: "true" },
                },
              },
              on_match: { action: { name: "answer", typed_config: policy } },
            },
          ],
        },
      },
    });
  });

  it("says when the next request gets through: neither too soon nor a second too late", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), (requestsPerMinute) => {
        const text = JSON.stringify(activeConfig("rate-limit-answer", requestsPerMinute, "address"));
        const seconds = Number(/"retry-after","value":"(\d+)"/.exec(text)?.[1]);
        expect(seconds * requestsPerMinute).toBeGreaterThanOrEqual(60);
        expect((seconds - 1) * requestsPerMinute).toBeLessThan(60);
      }),
    );
  });
});
