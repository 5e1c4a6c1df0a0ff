import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { Check } from "../config/checks.ts";
import { gatewayAccessFaults, gatewayApiKeys, jwt, requestsPerMinute } from "../config/gateway-access.ts";
import { mockEngine, valueOf } from "./mocks.ts";

const NAME = "vllm-istio-canary:gatewayApiKeys";
const KEY = "k".repeat(32);
const ISSUER = { issuer: "https://login.example.com/", jwksUri: "https://login.example.com/keys", audiences: ["llm"] };

function read<T>(check: Check<T>, value: unknown, path = "gateway.x"): { value: T; faults: string[] } {
  const faults: string[] = [];
  return { value: check(value, path, faults), faults };
}

function readKeys(value: string, secretKeys: string[] = [NAME]): ReturnType<typeof read<KeysOutput>> {
  pulumi.runtime.setAllConfig({ [NAME]: value }, secretKeys);
  return read(gatewayApiKeys, value, "gatewayApiKeys");
}
type KeysOutput = pulumi.Output<readonly string[]> | undefined;

beforeAll(async () => {
  await mockEngine();
});

describe("pure: the API keys of the gateway", () => {
  it.each([undefined, null, ""])("are unset as %j", (value) => {
    expect(read(gatewayApiKeys, value)).toEqual({ value: undefined, faults: [] });
  });

  it("stay secret, separated by whatever blanks and commas", async () => {
    const key = fc.string({
      unit: fc.constantFrom(..."ABCXYZabcxyz0189_-".split("")),
      minLength: 32,
      maxLength: 70,
    });
    const blank = fc.string({ unit: fc.constantFrom(" ", ",", "\n", "\t", "\r\n"), minLength: 1, maxLength: 3 });
    const keys = fc.uniqueArray(key, { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(keys, blank, async (list, separator) => {
        const { value, faults } = readKeys(list.join(separator) + separator);
        expect(faults).toEqual([]);
        expect(value && (await pulumi.isSecret(value))).toBe(true);
        expect(value && (await valueOf(value))).toEqual(list);
      }),
    );
  });

  it.each([
    ["too short", "k".repeat(31)],
    ["one of them too short", `${KEY} ${"j".repeat(31)}`],
    ["a character of regular expressions", `${"k".repeat(32)}*`],
    ["a character of base64", `${"k".repeat(32)}=`],
    ["a letter of another alphabet", "é".repeat(32)],
    ["a repeat", `${KEY},${"j".repeat(32)},${KEY}`],
    ["no key", " , "],
  ])("are refused without being shown: %s", (_, value) => {
    expect(readKeys(value).faults).toEqual([
      "gatewayApiKeys is [secret]; expected different keys, separated by commas or white space, each of at least 32 " +
        'letters, digits, _ or -. Fix: pulumi config set --secret gatewayApiKeys "$(openssl rand -hex 32)"',
    ]);
  });

  it("are refused in plain text", () => {
    const { faults } = readKeys(KEY, []);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(/^gatewayApiKeys is stored in plain text; expected a secret\./);
    expect(faults[0]).not.toContain(KEY);
  });
});

describe("pure: the issuers of the gateway's tokens", () => {
  it.each([undefined, null, [], "[]"])("are none as %j", (value) => {
    expect(read(jwt, value)).toEqual({ value: [], faults: [] });
  });

  it("are taken as they are, for any audience unless told otherwise", () => {
    const { issuer, jwksUri } = ISSUER;
    const other = { issuer: "ci", jwksUri: "https://ci.example.com:8443/keys?x=1" };
    expect(read(jwt, [ISSUER, other])).toEqual({ value: [ISSUER, { ...other, audiences: [] }], faults: [] });
    expect(read(jwt, JSON.stringify([{ issuer, jwksUri }])).value).toEqual([{ issuer, jwksUri, audiences: [] }]);
  });

  it.each<[string, unknown, RegExp]>([
    ["no list", "login", /^gateway\.x is "login"; expected a list of issuers, each one once\. Fix: pulumi config set/],
    ["no issuer", [{ jwksUri: ISSUER.jwksUri }], /^gateway\.x\[0\]\.issuer is not set; expected the tokens' iss claim/],
    ["a wildcard", [{ ...ISSUER, issuer: "https://*" }], /^gateway\.x\[0\]\.issuer is "https:\/\/\*"; expected/],
    ["no keys", [{ issuer: "ci" }], /^gateway\.x\[0\]\.jwksUri is not set; expected an https:\/\/ address/],
    ["plain http", [{ issuer: "ci", jwksUri: "http://a/keys" }], /^gateway\.x\[0\]\.jwksUri is "http:\/\/a\/keys"; /],
    ["no address", [{ issuer: "ci", jwksUri: "https://" }], /^gateway\.x\[0\]\.jwksUri is "https:\/\/"; expected an/],
    ["any audience", [{ ...ISSUER, audiences: ["*"] }], /^gateway\.x\[0\]\.audiences\[0\] is "\*"; expected an aud/],
    ["one issuer twice", [ISSUER, { ...ISSUER, audiences: [] }], /expected a list of issuers, each one once\. Fix/],
    ["an unknown field", [{ ...ISSUER, audience: "x" }], /did you mean audiences\?/],
  ])("are refused by one line: %s", (_, value, line) => {
    const { faults } = read(jwt, value);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(line);
  });
});

describe("pure: requests a minute", () => {
  it.each([undefined, null, ""])("have no limit as %j", (value) => {
    expect(read(requestsPerMinute, value)).toEqual({ value: undefined, faults: [] });
  });

  it.each([1, 60, 1_000_000])("are limited to %i, as number or text", (value) => {
    expect(read(requestsPerMinute, value)).toEqual({ value, faults: [] });
    expect(read(requestsPerMinute, String(value))).toEqual({ value, faults: [] });
  });

  it.each([0, -1, 1_000_001, 1.5, "ten"])("refuse %j", (value) => {
    expect(read(requestsPerMinute, value, "gateway.requestsPerMinute").faults).toEqual([
      `gateway.requestsPerMinute is ${JSON.stringify(value)}; expected an integer from 1 to 1000000 (requests a minute ` +
        "from each client). Fix: pulumi config set --path 'gateway.requestsPerMinute' 60",
    ]);
  });
});

describe("pure: keys and tokens", () => {
  const keys = pulumi.secret([KEY]);

  it.each([
    [undefined, []],
    [keys, []],
    [undefined, [ISSUER]],
  ])("need not both be asked for: case %#", (choice, issuers) => {
    expect(gatewayAccessFaults({ gatewayApiKeys: choice, gateway: { jwt: issuers } })).toEqual([]);
  });

  it("cannot both be asked for", () => {
    expect(gatewayAccessFaults({ gatewayApiKeys: keys, gateway: { jwt: [ISSUER] } })).toEqual([
      'gateway.jwt is ["https://login.example.com/"]; expected only one of gateway.jwt and gatewayApiKeys, for a client ' +
        "has one Authorization header. Fix: pulumi config rm gatewayApiKeys, or pulumi config rm --path 'gateway.jwt'",
    ]);
  });
});
