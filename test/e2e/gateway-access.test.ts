import { createSign, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Answer, complete, type Gateway } from "../../quickstart/traffic.ts";
import { gateway, kubectl, mustPulumi } from "./stack.ts";
import { model } from "./traffic.ts";

const limit = 6;
const issuer = "https://login.example.com/realms/llm";
const audience = "vllm";
const [key, otherKey] = [randomBytes(32).toString("hex"), randomBytes(32).toString("base64url")];
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

let target: Gateway;
let other: Gateway;

/** The status of the answer to one completion request. */
const status = async (to: Gateway, headers: Record<string, string> = {}) => (await complete(to, model, headers)).status;

/** What a client may send is spent: how many answers it got before it was refused, and that refusal. */
interface Spent {
  readonly answers: number;
  readonly refusal: Answer;
}

async function spend(headersOf: (count: number) => Record<string, string>): Promise<Spent> {
  for (let answers = 0; ; answers += 1) {
    const answer = await complete(target, model, headersOf(answers));
    if (answer.status !== 200) return { answers, refusal: answer };
  }
}

function expectLimit({ answers, refusal }: Spent): void {
  expect(answers).toBeGreaterThanOrEqual(limit);
  // While they were sent, one more every 10 s was allowed.
  expect(answers).toBeLessThanOrEqual(limit + 2);
  expect(refusal.status).toBe(429);
  expect(refusal.headers).toMatchObject({ "content-type": "application/json", "retry-after": "10" });
}

/** Waits until the gateway, which learns of new settings a moment after the cluster, answers like that. */
async function settled(to: Gateway, expected: number, headers: Record<string, string> = {}): Promise<void> {
  await expect.poll(() => status(to, headers), { timeout: 10_000, interval: 100 }).toBe(expected);
}

async function apply(name: string, objects: readonly object[]): Promise<string> {
  const file = join(inject("project"), `${name}.json`);
  writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
  await kubectl("apply", "-f", file);
  return file;
}

/** Another service of the same gateway, that answers 418. */
function otherService(host: string): object[] {
  const metadata = { name: "other-service", namespace: "default" };
  const apiVersion = "networking.istio.io/v1";
  const servers = [{ port: { number: 80, name: "http", protocol: "HTTP" }, hosts: [host] }];
  const http = [{ directResponse: { status: 418 } }];
  return [
    { apiVersion, kind: "Gateway", metadata, spec: { selector: { istio: "ingress" }, servers } },
    {
      apiVersion,
      kind: "VirtualService",
      metadata,
      spec: { hosts: [host], gateways: ["default/other-service"], http },
    },
  ];
}

function token(claims: Record<string, unknown>, signingKey: KeyObject): string {
  const part = (content: object) => Buffer.from(JSON.stringify(content)).toString("base64url");
  const inAnHour = Math.floor(Date.now() / 1000) + 3600;
  const signed = `${part({ alg: "RS256", typ: "JWT" })}.${part({ iss: issuer, exp: inAnHour, ...claims })}`;
  return `${signed}.${createSign("RSA-SHA256").update(signed).sign(signingKey).toString("base64url")}`;
}

const set = (...args: string[]) => mustPulumi("config", "set", ...args);
const unset = (...args: string[]) => mustPulumi("config", "rm", ...args);
const up = () => mustPulumi("up", "--yes", "--skip-preview");
let otherFile: string;

beforeAll(async () => {
  target = await gateway();
  other = { ...target, host: "other.example.com" };
  otherFile = await apply("other-service", otherService(other.host));
  await set("--path", "gateway.requestsPerMinute", String(limit));
});

afterAll(async () => {
  await unset("gatewayApiKeys");
  await unset("--path", "gateway.jwt");
  await unset("--path", "gateway.requestsPerMinute");
  await up();
  await kubectl("delete", "-f", otherFile);
});

describe("access through a real gateway", () => {
  it("asks for one of the keys, and limits each", async () => {
    await set("--secret", "gatewayApiKeys", `${key},${otherKey}`);
    await up();
    await settled(target, 403);
    await settled(other, 418);
    expect(await status({ ...target, host: `${target.host}:80` })).toBe(403);
    expect(await status({ ...target, host: target.host.toUpperCase() })).toBe(403);
    expect(await status(target, bearer(`x${key}`))).toBe(403);
    expectLimit(await spend(() => bearer(key)));
    expect(await status(target, bearer(otherKey))).toBe(200);
    expect(await status(other)).toBe(418);
    expect(await mustPulumi("stack", "export")).not.toContain(key);
  });

  it("asks for a valid token of the issuer for the audience, and limits each subject", async () => {
    await unset("gatewayApiKeys");
    await set("--path", "gateway.jwt[0].issuer", issuer);
    await set("--path", "gateway.jwt[0].jwksUri", "https://login.example.com/keys");
    await set("--path", "gateway.jwt[0].audiences[0]", audience);
    await up();
    const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    // Nothing serves the keys by an https address that istiod trusts, so that it is handed them.
    const jwks = JSON.stringify({ keys: [{ ...publicKey.export({ format: "jwk" }), alg: "RS256", use: "sig" }] });
    const rule = "/spec/jwtRules/0";
    const inline = [
      { op: "remove", path: `${rule}/jwksUri` },
      { op: "add", path: `${rule}/jwks`, value: jwks },
    ];
    const authentication = ["requestauthentication", target.host, "--type", "json", "-p", JSON.stringify(inline)];
    await kubectl("-n", "istio-ingress", "patch", ...authentication);
    const alice = (claims = {}) => bearer(token({ sub: "alice", aud: audience, ...claims }, privateKey));
    await settled(target, 200, bearer(token({ sub: "bob", aud: [audience, "web"] }, privateKey)));
    const forged = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    expect(await status(target, bearer(token({ sub: "alice", aud: audience }, forged)))).toBe(401);
    expect(await status(target, alice({ exp: 1 }))).toBe(401);
    expect(await status(target, alice({ iss: "https://elsewhere.example.com" }))).toBe(401);
    expect(await status(target, alice({ aud: "web" }))).toBe(403);
    expect(await status(target)).toBe(403);
    expectLimit(await spend((count) => alice({ jti: String(count) })));
    expect(await status(other, bearer("no-token-of-that-kind"))).toBe(418);
  });

  it("limits each address where anyone may call, whatever other it claims", async () => {
    await unset("--path", "gateway.jwt");
    await up();
    await settled(target, 200);
    let claims = 0;
    const answersToClaim = async (): Promise<number> => {
      claims += 1;
      const address = `203.0.113.${claims}`;
      await spend(() => ({}));
      return (await spend(() => ({ "x-forwarded-for": address }))).answers;
    };
    // At most what was allowed again meanwhile, not a limit of its own; the limit itself may reach the gateway a moment
    // after the tokens ceased to be asked for.
    await expect.poll(answersToClaim, { timeout: 20_000, interval: 500 }).toBeLessThanOrEqual(2);
    expect(await status(other)).toBe(418);
  });
});
