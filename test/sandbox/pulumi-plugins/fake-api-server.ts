import http from "node:http";
import type { AddressInfo } from "node:net";

/** An answer of the fake API server to one request. */
export interface Answer {
  readonly status?: number;
  /** Text is sent as it is, anything else as JSON. */
  readonly body: object | string;
}

/** A server that answers like a Kubernetes API server, from a table. */
export interface FakeApiServer {
  /** A kubeconfig for it. */
  readonly kubeconfig: string;
  /** The requests so far, as `METHOD path?query`. */
  readonly requests: string[];
  readonly close: () => void;
}

const NOT_FOUND: Answer = { status: 404, body: { reason: "NotFound", message: "not found" } };

/** Starts the server. The table's keys are `METHOD path`, with the query or without it. */
export async function startFakeApiServer(table: Readonly<Record<string, Answer>>): Promise<FakeApiServer> {
  const requests: string[] = [];
  const server = http.createServer((request, response) => {
    const url = request.url ?? "";
    const [path = ""] = url.split("?");
    requests.push(`${request.method ?? ""} ${url}`);
    const method = request.method ?? "";
    const { status = 200, body } = table[`${method} ${url}`] ?? table[`${method} ${path}`] ?? NOT_FOUND;
    const isText = typeof body === "string";
    response.writeHead(status, { "Content-Type": isText ? "text/plain" : "application/json" });
    response.end(isText ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    requests,
    kubeconfig: JSON.stringify({
      clusters: [{ name: "fake", cluster: { server: `http://127.0.0.1:${port}` } }],
      users: [{ name: "me", user: { token: "t" } }],
      contexts: [{ name: "fake", context: { cluster: "fake", user: "me" } }],
      "current-context": "fake",
    }),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
