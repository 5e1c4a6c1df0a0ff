import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { locationOf, openRepository, registryOf, type RegistryLogin } from "../../components/image-registry.ts";
import { BASIC, DIGEST, LOGIN, SigningRegistry } from "./signing-registry.ts";

const TYPE = "application/octet-stream";
const TOKEN = "token?service=reg&scope=repository%3Allm%2Fvllm-service%3Apull";

let registry: SigningRegistry;

beforeEach(async () => {
  registry = new SigningRegistry();
  await registry.listen();
  registry.put(DIGEST, Buffer.from("bytes"));
});

afterEach(async () => {
  await registry.close();
});

/** Reads the one blob there is, and what was asked for on the way. */
async function read(login?: RegistryLogin): Promise<{ text: string; asked: readonly string[] }> {
  const reader = openRepository(locationOf(`${registry.host}/llm/vllm-service@${DIGEST}`), login, fetch);
  const bytes = await reader(`blobs/${DIGEST}`, TYPE);
  return { text: bytes === undefined ? "" : Buffer.from(bytes).toString(), asked: registry.asked };
}

describe("pure: the place of an image", () => {
  it.each([
    ["ghcr.io/org/name:1@", "ghcr.io", "org/name"],
    ["localhost/name@", "localhost", "name"],
    ["registry:5000/a/b/c:x@", "registry:5000", "a/b/c"],
    ["name:1@", "registry-1.docker.io", "library/name"],
    ["org/name@", "registry-1.docker.io", "org/name"],
    ["docker.io/org/name@", "registry-1.docker.io", "org/name"],
  ])("of %s is %s, %s", (name, host, repository) => {
    expect(locationOf(`${name}${DIGEST}`)).toEqual({ registry: host, repository, digest: DIGEST });
  });

  it("is Docker Hub for a repository without a host", () => {
    expect([registryOf("org/name"), registryOf("name"), registryOf("ghcr.io/org/name")]).toEqual([
      ...["docker.io", "docker.io", "ghcr.io"],
    ]);
  });
});

describe("pure: a registry", () => {
  it("is read without a login where it allows that", async () => {
    expect(await read(LOGIN)).toEqual({ text: "bytes", asked: [`${DIGEST} -`] });
  });

  it("gets the name and password it asks for", async () => {
    registry.access = "basic";
    expect(await read(LOGIN)).toEqual({ text: "bytes", asked: [`${DIGEST} -`, `${DIGEST} ${BASIC}`] });
  });

  it("gets the token it gives for them", async () => {
    registry.access = "token";
    const asked = [`${DIGEST} -`, `${TOKEN} ${BASIC}`, `${DIGEST} Bearer pass`];
    expect(await read(LOGIN)).toEqual({ text: "bytes", asked });
  });

  it("gives an anonymous token too", async () => {
    registry.access = "token";
    expect((await read()).asked[1]).toBe(`${TOKEN} -`);
  });

  it("says that it has not what is not there", async () => {
    registry.put(DIGEST, undefined);
    expect((await read()).text).toBe("");
  });

  it.each([
    ["without a login", "basic", undefined, "without a login: status 401"],
    ["with a wrong password", "basic", { username: "ci", password: "x" }, "as ci: status 401"],
    ["that gets no token", "closed", LOGIN, "as ci: status 403"],
  ] as const)("refuses one %s, and that is said", async (_, access, login, reason) => {
    registry.access = access;
    await expect(read(login)).rejects.toThrow(`registry ${registry.host} refuses to be read ${reason}`);
  });

  it("must not ask for the password over http unless it is on this machine", async () => {
    const urls: string[] = [];
    const headers = { "www-authenticate": `Bearer realm="http://evil.example.com/token"` };
    const request = (url: string | URL | Request): Promise<Response> => {
      urls.push(url instanceof Request ? url.url : String(url));
      return Promise.resolve(new Response(null, { status: 401, headers }));
    };
    const reader = openRepository(locationOf(`ghcr.io/org/name@${DIGEST}`), LOGIN, request);
    await expect(reader("manifests/x", TYPE)).rejects.toThrow(
      "registry ghcr.io asks for a token over http; expected https",
    );
    expect(urls).toEqual(["https://ghcr.io/v2/org/name/manifests/x"]);
  });
});
