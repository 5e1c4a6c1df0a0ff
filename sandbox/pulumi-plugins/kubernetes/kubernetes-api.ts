import http from "node:http";
import https from "node:https";
import { asList, asMap, asString } from "../rpc/property-values.ts";
import type { PropertyMap, PropertyValue } from "../rpc/property-values.ts";
import { ApiError, isNotFound, UnreachableError } from "./api-error.ts";
import type { ChosenCluster } from "./kubeconfig.ts";
import type { ObjectName, ObjectType } from "./resource-type.ts";

/** One request to the API server. */
export interface ApiRequest {
  readonly method: "GET" | "PATCH" | "DELETE";
  /** The path below the server's URL, starting with a slash. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: PropertyMap;
  readonly contentType?: string;
}

/** How the API serves a kind. */
export interface ServedKind {
  /** The name of the kind in URLs, for example `deployments`. */
  readonly plural: string;
  readonly namespaced: boolean;
}

const REQUEST_TIMEOUT_MS = 60_000;

/** The Kubernetes API of one cluster. Every request ends when the signal given to the constructor fires. */
export class KubernetesApi {
  readonly cluster: ChosenCluster;
  readonly #signal: AbortSignal;
  readonly #served = new Map<string, Map<string, ServedKind>>();

  constructor(cluster: ChosenCluster, signal: AbortSignal) {
    this.cluster = cluster;
    this.#signal = signal;
  }

  /** Sends a request and decodes the answer. Throws `ApiError` for a refusal, `UnreachableError` without an answer. */
  async request(request: ApiRequest): Promise<PropertyValue> {
    const options: https.RequestOptions = { method: request.method, timeout: REQUEST_TIMEOUT_MS };
    await this.cluster.config.applyToHTTPSOptions(options);
    const text = request.body === undefined ? undefined : JSON.stringify(request.body);
    options.headers = {
      ...(options.headers as http.OutgoingHttpHeaders | undefined),
      Accept: "application/json",
      ...(text === undefined ? {} : bodyHeaders(text, request.contentType)),
    };
    options.signal = this.#signal;
    const url = new URL(this.cluster.server.replace(/\/$/, "") + request.path);
    url.search = new URLSearchParams(request.query).toString();
    const { status, isJson, body } = await send(url, options, text).catch((error: unknown) => {
      if (this.#signal.aborted) throw new Error("the operation was cancelled");
      throw new UnreachableError(this.cluster.server, this.cluster.source, error);
    });
    // A log is plain text, even where it consists of one line of JSON.
    const answer = isJson ? decode(body) : body;
    if (status >= 400) throw new ApiError(status, answer);
    return answer;
  }

  /** How the API serves a kind, or undefined if it does not (yet: custom kinds come with their definitions). */
  async servedKind({ apiVersion, kind }: ObjectType): Promise<ServedKind | undefined> {
    const known = this.#served.get(apiVersion)?.get(kind);
    if (known !== undefined) return known;
    const path = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const answer = await this.getOrUndefined(path);
    if (answer === undefined) return undefined;
    const resources = asList(asMap(answer)["resources"]).map(asMap);
    const kinds = resources
      .filter((resource) => !asString(resource["name"]).includes("/"))
      .map((resource): [string, ServedKind] => [
        asString(resource["kind"]),
        { plural: asString(resource["name"]), namespaced: resource["namespaced"] === true },
      ]);
    this.#served.set(apiVersion, new Map(kinds));
    return new Map(kinds).get(kind);
  }

  /** The URL path of an object. Throws if the API does not serve its kind. */
  async pathOf(type: ObjectType, { namespace, name }: ObjectName): Promise<string> {
    const served = await this.servedKind(type);
    if (served === undefined) {
      throw new ApiError(404, {
        reason: "NoSuchKind",
        message: `the API server does not know the kind ${type.kind} of ${type.apiVersion}: is its CustomResourceDefinition installed?`,
      });
    }
    const root = type.apiVersion.includes("/") ? `/apis/${type.apiVersion}` : `/api/${type.apiVersion}`;
    const scope = served.namespaced ? `/namespaces/${encodeURIComponent(namespace ?? "default")}` : "";
    return `${root}${scope}/${served.plural}/${encodeURIComponent(name)}`;
  }

  /** GETs a path; undefined if there is nothing. */
  async getOrUndefined(path: string, query: Readonly<Record<string, string>> = {}): Promise<PropertyValue | undefined> {
    try {
      return await this.request({ method: "GET", path, query });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** The live object, or undefined if it (or its kind) does not exist. */
  async read(type: ObjectType, name: ObjectName): Promise<PropertyMap | undefined> {
    if ((await this.servedKind(type)) === undefined) return undefined;
    const live = await this.getOrUndefined(await this.pathOf(type, name));
    return live === undefined ? undefined : asMap(live);
  }

  /** The items of a list, for example `/api/v1/namespaces/default/pods`. */
  async list(path: string, labelSelector = ""): Promise<PropertyMap[]> {
    const answer = await this.getOrUndefined(path, labelSelector === "" ? {} : { labelSelector });
    return asList(asMap(answer)["items"]).map(asMap);
  }
}

interface RawAnswer {
  readonly status: number;
  readonly isJson: boolean;
  readonly body: string;
}

function bodyHeaders(text: string, contentType = "application/json"): http.OutgoingHttpHeaders {
  // Without its length Node.js would send the body of a DELETE in a way that servers ignore.
  return { "Content-Type": contentType, "Content-Length": Buffer.byteLength(text) };
}

function send(url: URL, options: https.RequestOptions, text: string | undefined): Promise<RawAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>();
  const request = (url.protocol === "http:" ? http : https).request(url, options, (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("error", reject);
    response.on("end", () => {
      const isJson = response.headers["content-type"]?.startsWith("application/json") === true;
      resolve({ status: response.statusCode ?? 0, isJson, body: Buffer.concat(chunks).toString("utf8") });
    });
  });
  request.on("timeout", () => request.destroy(new Error(`no answer within ${REQUEST_TIMEOUT_MS / 1000} s`)));
  request.on("error", reject);
  request.end(text);
  return promise;
}

function decode(body: string): PropertyValue {
  try {
    return JSON.parse(body) as PropertyValue;
  } catch {
    return body;
  }
}
