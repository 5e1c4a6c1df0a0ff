import { createHash, type KeyObject, sign } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How a registry lets itself be read: by all, with name and password, with a token for them, or with no token at all. */
export type Access = "open" | "basic" | "token" | "closed";

/** The login that the registry knows. */
export const LOGIN = { username: "ci", password: "p:ä" };

/** The header that a client with that login sends. */
export const BASIC = `Basic ${Buffer.from("ci:p:ä").toString("base64")}`;

/** Digest of the image whose signatures the registry keeps. */
export const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

/** The tag at which they are. */
export const TAG = `${DIGEST.replace(":", "-")}.sig`;

const REPOSITORY = "/v2/llm/vllm-service";

/** A registry on this machine that holds signatures of one image, in the repository `llm/vllm-service`. */
export class SigningRegistry {
  /** Who may read. */
  public access: Access = "open";
  /** The requests so far: what, with which query, with which authorization. */
  public readonly asked: string[] = [];
  readonly #files = new Map<string, Buffer>();
  readonly #server = createServer((request, response) => {
    this.#answer(request, response);
  });

  /** Where it listens, `host:port`. */
  public get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Starts to listen on a free port. */
  public async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  /** Ends, with all its connections. */
  public async close(): Promise<void> {
    this.#server.closeAllConnections();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Keeps a signature of that payload beside those already there, as cosign does, and gives the payload's digest. */
  public add(key: KeyObject, payload: Buffer, signature = sign("sha256", payload, key)): string {
    const digest = `sha256:${createHash("sha256").update(payload).digest("hex")}`;
    const layer = {
      mediaType: "application/vnd.dev.cosign.simplesigning.v1+json",
      digest,
      size: payload.length,
      annotations: { "dev.cosignproject.cosign/signature": signature.toString("base64") },
    };
    const path = `${REPOSITORY}/manifests/${TAG}`;
    const before = JSON.parse(this.#files.get(path)?.toString() ?? `{"layers":[]}`) as { layers: object[] };
    this.#files.set(path, Buffer.from(JSON.stringify({ schemaVersion: 2, layers: [...before.layers, layer] })));
    this.put(digest, payload);
    return digest;
  }

  /** Keeps those bytes under that digest, whether it is theirs or not; undefined forgets them. */
  public put(digest: string, bytes: Buffer | undefined): void {
    if (bytes === undefined) this.#files.delete(`${REPOSITORY}/blobs/${digest}`);
    else this.#files.set(`${REPOSITORY}/blobs/${digest}`, bytes);
  }

  #admits({ headers }: IncomingMessage): boolean {
    return this.access === "open" || headers.authorization === (this.access === "basic" ? BASIC : "Bearer pass");
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, search } = new URL(request.url ?? "", `http://${this.host}`);
    this.asked.push(`${pathname.replace(/^.*\//, "")}${search} ${request.headers.authorization ?? "-"}`);
    if (pathname === "/token") {
      response.statusCode = this.access === "closed" ? 403 : 200;
      response.end(JSON.stringify({ token: "pass" }));
    } else if (!this.#admits(request)) {
      const bearer = `Bearer realm="http://${this.host}/token",service="reg",scope="repository:llm/vllm-service:pull"`;
      response.setHeader("www-authenticate", this.access === "basic" ? `Basic realm="reg"` : bearer);
      response.writeHead(401).end();
    } else {
      const file = this.#files.get(pathname);
      response.writeHead(file === undefined ? 404 : 200).end(file);
    }
  }
}
