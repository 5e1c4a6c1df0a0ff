import { type FilterConfig, type ConfigPatch, hostFilterPatches } from "./host-filters.ts";

/**
 * By what one client is told from another: its network address (of IPv6 the first 64 bits), its `Authorization` header,
 * or the issuer and subject of its verified token.
 */
export type ClientIdentity = "address" | "authorization" | "subject";

/** Smallest and largest number of requests a minute. */
export const REQUESTS_PER_MINUTE = Object.freeze({ min: 1, max: 1_000_000 });

/** One part of a client's identity: its name, and the Envoy action that reads it from a request. */
interface IdentityPart {
  readonly key: string;
  readonly action: Readonly<Record<string, unknown>>;
}

const MINUTE_SECONDS = 60;
/** Clients that a gateway pod keeps count of; of more, the one not seen for longest starts anew. */
const TRACKED_CLIENTS = 10_000;
const RATE_LIMIT_TYPE = "type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit";
const CUSTOM_RESPONSE_TYPE = "type.googleapis.com/envoy.extensions.filters.http.custom_response.v3.CustomResponse";
const LOCAL_RESPONSE_TYPE =
  "type.googleapis.com/envoy.extensions.http.custom_response.local_response_policy.v3.LocalResponsePolicy";
const RESPONSE_HEADER_TYPE = "type.googleapis.com/envoy.type.matcher.v3.HttpResponseHeaderMatchInput";
const STAT_PREFIX = "gateway_access";
/** Header by which the limit's plain answer is told from a version's own 429; it does not reach the client. */
const REFUSAL_HEADER = "x-gateway-rate-limited";

/**
 * The patches that let each client send `requestsPerMinute` requests a minute to `hosts`, in each gateway pod: as many at
 * once after a minute's rest, then one every 60 s / `requestsPerMinute`. What is beyond gets 429, a `retry-after` header
 * and an error in the form of OpenAI's API. Requests refused before, for want of a key or token, do not count.
 */
export function rateLimitPatches(
  hosts: readonly string[],
  requestsPerMinute: number,
  client: ClientIdentity,
): ConfigPatch[] {
  return [
    ...hostFilterPatches(hosts, {
      purpose: "rate-limit-answer",
      position: "last",
      inert: { "@type": CUSTOM_RESPONSE_TYPE },
      active: limitedAnswer(requestsPerMinute),
    }),
    ...hostFilterPatches(hosts, {
      purpose: "rate-limit",
      position: "last",
      inert: { "@type": RATE_LIMIT_TYPE, stat_prefix: STAT_PREFIX },
      active: rateLimit(requestsPerMinute, client),
    }),
  ];
}

function rateLimit(requestsPerMinute: number, client: ClientIdentity): FilterConfig {
  const bucket = {
    max_tokens: requestsPerMinute,
    tokens_per_fill: requestsPerMinute,
    fill_interval: `${MINUTE_SECONDS}s`,
  };
  const always = { default_value: { numerator: 100, denominator: "HUNDRED" } };
  const parts = identityParts(client);
  return {
    "@type": RATE_LIMIT_TYPE,
    stat_prefix: STAT_PREFIX,
    filter_enabled: always,
    filter_enforced: always,
    // All requests whose client cannot be told share this one.
    token_bucket: bucket,
    always_consume_default_token_bucket: false,
    max_dynamic_descriptors: TRACKED_CLIENTS,
    response_headers_to_add: [header(REFUSAL_HEADER, "true")],
    rate_limits: [{ actions: parts.map(({ action }) => action) }],
    // An entry without a value gives each value it meets a bucket of its own.
    descriptors: [{ entries: parts.map(({ key }) => ({ key })), token_bucket: bucket }],
  };
}

function identityParts(client: ClientIdentity): IdentityPart[] {
  switch (client) {
    case "address":
      // A single IPv6 client has a network of that length to take addresses from.
      return [{ key: "masked_remote_address", action: { masked_remote_address: { v6_prefix_mask_len: 64 } } }];
    case "authorization":
      return [{ key: client, action: { request_headers: { header_name: "authorization", descriptor_key: client } } }];
    case "subject":
      return [claim("iss"), claim("sub")];
  }
}

function claim(name: string): IdentityPart {
  const path = [{ key: "payload" }, { key: name }];
  return {
    key: name,
    action: { metadata: { descriptor_key: name, metadata_key: { key: "envoy.filters.http.jwt_authn", path } } },
  };
}

function header(key: string, value: string): object {
  return { header: { key, value }, append_action: "OVERWRITE_IF_EXISTS_OR_ADD" };
}

/** Replaces the rate limit's plain answer by one that clients of OpenAI's API can read. */
function limitedAnswer(requestsPerMinute: number): FilterConfig {
  const seconds = Math.ceil(MINUTE_SECONDS / requestsPerMinute);
  const message = `Rate limit of ${requestsPerMinute} requests per minute reached. Try again in ${seconds} s.`;
  const error = { message, type: "requests", param: null, code: "rate_limit_exceeded" };
  const input = { "@type": RESPONSE_HEADER_TYPE, header_name: REFUSAL_HEADER };
  const policy = {
    "@type": LOCAL_RESPONSE_TYPE,
    body: { inline_string: JSON.stringify({ error }) },
    response_headers_to_add: [header("content-type", "application/json"), header("retry-after", String(seconds))],
  };
  const matcher = {
    predicate: {
      single_predicate: {
        input: { name: "limited", typed_config: input },
        value_match: { exact: "true" },
      },
    },
    on_match: { action: { name: "answer", typed_config: policy } },
  };
  return { "@type": CUSTOM_RESPONSE_TYPE, custom_response_matcher: { matcher_list: { matchers: [matcher] } } };
}
