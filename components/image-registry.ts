/** Name and password for a registry. */
export interface RegistryLogin {
  /** User name. */
  readonly username: string;
  /** Password or access token. */
  readonly password: string;
}

/** Where an image is kept, and which one it is. */
export interface ImageLocation {
  /** `host[:port]` of the registry that serves it. */
  readonly registry: string;
  /** Path of the repository in the registry. */
  readonly repository: string;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
}

/** Reads from one repository of a registry; undefined is what it does not have. Throws when the registry refuses. */
export type RepositoryReader = (path: string, accept: string) => Promise<ArrayBuffer | undefined>;

/** How a registry wants to be asked, as its 401 says. */
interface Challenge {
  readonly scheme: "basic" | "bearer";
  readonly parameters: Readonly<Record<string, string>>;
}

const DOCKER_HUB = "docker.io";
const TIMEOUT_MS = 30_000;

/** The registry of a repository such as `ghcr.io/org/name`; one without a host is Docker Hub's. */
export function registryOf(repository: string): string {
  const [host = "", ...rest] = repository.split("/");
  return rest.length > 0 && /[.:]|^localhost$/.test(host) ? host : DOCKER_HUB;
}

/** Takes `repository[:tag]@sha256:...` apart. */
export function locationOf(reference: string): ImageLocation {
  const [name = "", digest = ""] = reference.split("@");
  const repository = name.replace(/:[^/:]*$/, "");
  const registry = registryOf(repository);
  if (repository.startsWith(`${registry}/`)) {
    const path = repository.slice(registry.length + 1);
    return registry === DOCKER_HUB ? hubLocation(path, digest) : { registry, repository: path, digest };
  }
  return hubLocation(repository, digest);
}

/**
 * Opens a repository by the OCI distribution API: without a login where the registry allows it, else by the token or the
 * name and password it asks for. Registries on loopback are asked by http, all others by https.
 */
export function openRepository(
  { registry, repository }: ImageLocation,
  login: RegistryLogin | undefined,
  request: typeof fetch,
): RepositoryReader {
  const isLocal = /^(localhost|127(\.\d+){3})(:\d+)?$/.test(registry);
  const base = `${isLocal ? "http" : "https"}://${registry}/v2/${repository}`;
  let authorization: string | undefined;
  const ask = (path: string, accept: string): Promise<Response> => {
    const headers = { accept, ...(authorization !== undefined && { authorization }) };
    return request(`${base}/${path}`, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  };
  return async (path, accept) => {
    let response = await ask(path, accept);
    if (response.status === 401 && authorization === undefined) {
      const challenge = challengeOf(response.headers.get("www-authenticate") ?? "");
      authorization = await authorize(challenge, { registry, isLocal, login, request });
      if (authorization !== undefined) response = await ask(path, accept);
    }
    if (response.status === 404) return undefined;
    if (!response.ok) throw new Error(refusal(registry, response.status, login));
    return response.arrayBuffer();
  };
}

function hubLocation(path: string, digest: string): ImageLocation {
  return { registry: "registry-1.docker.io", repository: path.includes("/") ? path : `library/${path}`, digest };
}

function challengeOf(header: string): Challenge | undefined {
  const [, scheme] = /^(basic|bearer)\b/i.exec(header) ?? [];
  if (scheme === undefined) return undefined;
  const parameters = Object.fromEntries(
    Array.from(header.matchAll(/(\w+)="([^"]*)"/g), ([, name = "", value = ""]) => [name.toLowerCase(), value]),
  );
  return { scheme: scheme.toLowerCase() === "basic" ? "basic" : "bearer", parameters };
}

/** The header that answers the challenge; undefined when there is no answer. */
async function authorize(
  challenge: Challenge | undefined,
  to: { registry: string; isLocal: boolean; login: RegistryLogin | undefined; request: typeof fetch },
): Promise<string | undefined> {
  const basic = to.login && `Basic ${base64(`${to.login.username}:${to.login.password}`)}`;
  if (challenge?.scheme !== "bearer") return challenge && basic;
  const { realm = "", service, scope } = challenge.parameters;
  if (!URL.canParse(realm)) return undefined;
  const url = new URL(realm);
  // A password must not leave in plain text because a registry says so.
  if (url.protocol !== "https:" && !to.isLocal) {
    throw new Error(`registry ${to.registry} asks for a token over ${url.protocol.slice(0, -1)}; expected https`);
  }
  if (service !== undefined) url.searchParams.set("service", service);
  if (scope !== undefined) url.searchParams.set("scope", scope);
  const headers = basic === undefined ? {} : { authorization: basic };
  const response = await to.request(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(refusal(to.registry, response.status, to.login));
  const { token, access_token: accessToken } = (await response.json()) as { token?: string; access_token?: string };
  return `Bearer ${token ?? accessToken ?? ""}`;
}

function refusal(registry: string, status: number, login: RegistryLogin | undefined): string {
  const who = login === undefined ? "without a login" : `as ${login.username}`;
  return `registry ${registry} refuses to be read ${who}: status ${status}`;
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
