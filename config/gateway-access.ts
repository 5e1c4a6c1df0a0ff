import type { Output } from "@pulumi/pulumi";
import type { GatewayAccessSettings, JwtIssuer } from "../components/gateway-access.ts";
import { type Check, faultLine, integer, matching, optional, type Rule, text, where } from "./checks.ts";
import { list, object } from "./collections.ts";
import { isWebAddress } from "./patterns.ts";
import { secret } from "./secrets.ts";

/** The settings that say who may call the service through the gateway. */
export interface GatewayAccessChoices {
  /** The way into the mesh. */
  readonly gateway: Pick<GatewayAccessSettings, "jwt">;
  /** Secret. Keys of which a client sends one as `Authorization: Bearer KEY`. Default: no key is asked for. */
  readonly gatewayApiKeys: Output<readonly string[]> | undefined;
}

const API_KEY = /^[\w-]{32,}$/;
const JWT_RULE: Rule = {
  expected: "a list of issuers, each one once",
  cure: "pulumi config set --path 'gateway.jwt[0].issuer' ISSUER",
};

const keysIn = (keys: string): string[] => keys.split(/[\s,]+/).filter(Boolean);
const apiKeysText = secret(
  (value) => {
    const keys = keysIn(value);
    return keys.length > 0 && keys.every((key) => API_KEY.test(key)) && new Set(keys).size === keys.length;
  },
  {
    expected: "different keys, separated by commas or white space, each of at least 32 letters, digits, _ or -",
    cure: 'pulumi config set --secret gatewayApiKeys "$(openssl rand -hex 32)"',
  },
);

/** The API keys of the gateway's clients. */
export const gatewayApiKeys: Check<Output<readonly string[]> | undefined> = (value, path, faults) =>
  apiKeysText(value, path, faults)?.apply(keysIn);

/** Whose tokens let a client of the gateway in. */
export const jwt: Check<readonly JwtIssuer[]> = where(
  list(
    object<JwtIssuer>({
      // Istio would read a * as a wildcard.
      issuer: matching(/^[^\s*]+$/, { expected: "the tokens' iss claim, without blanks and *", example: "ISSUER" }),
      jwksUri: text((value) => isWebAddress(value) && value.startsWith("https:"), {
        expected: "an https:// address of a JSON Web Key Set",
        example: "https://ISSUER/.well-known/jwks.json",
      }),
      audiences: list(matching(/^[^\s*]+$/, { expected: "an audience without blanks and *", example: "AUDIENCE" }), {
        expected: "a list of audiences",
        cure: "leave it out to allow any",
      }),
    }),
    JWT_RULE,
  ),
  (issuers) => new Set(issuers.map(({ issuer }) => issuer)).size === issuers.length,
  JWT_RULE,
);

/** How many requests a minute each client of the gateway may send. */
export const requestsPerMinute: Check<number | undefined> = optional(
  integer({ min: 1, max: 1_000_000, default: 60, meaning: "requests a minute from each client" }),
);

/** One line when both keys and tokens are asked for, which no `Authorization` header can satisfy; else none. */
export function gatewayAccessFaults({ gateway, gatewayApiKeys: keys }: GatewayAccessChoices): readonly string[] {
  if (keys === undefined || gateway.jwt.length === 0) return [];
  const expected = "only one of gateway.jwt and gatewayApiKeys, for a client has one Authorization header";
  const cure = "pulumi config rm gatewayApiKeys, or pulumi config rm --path 'gateway.jwt'";
  return [
    faultLine(
      "gateway.jwt",
      gateway.jwt.map(({ issuer }) => issuer),
      { expected, cure },
    ),
  ];
}
