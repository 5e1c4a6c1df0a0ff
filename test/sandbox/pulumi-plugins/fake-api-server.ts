import http from "node:http";
import type { AddressInfo } from "node:net";

/** An answer of the fake API server to one request. */
export interface Answer {
  readonly status?: number;
  readonly body: object;
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

/** Starts the server. The table's keys are `METHOD path`, without the query. */
export async function startFakeApiServer(table: Readonly<Record<string, Answer>>): Promise<FakeApiServer> {
  const requests: string[] = [];
  const server = http.createServer((request, response) => {
    const url = request.url ?? "";
    const [path = ""] = url.split("?");
    requests.push(`${request.method ?? ""} ${url}`);
    const { status = 200, body } = table[`${request.method ?? ""} ${path}`] ?? NOT_FOUND;
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
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
