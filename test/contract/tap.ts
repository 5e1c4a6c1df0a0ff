import { once } from "node:events";
import {
  Agent,
  createServer,
  request,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";

/** One request that reached the engine, and what the engine answered. */
export interface TappedExchange {
  readonly method: string;
  readonly path: string;
  /** The request's headers, as the engine gets them. */
  readonly headers: IncomingHttpHeaders;
  /** Status of the answer; 0 before it has one. */
  status: number;
  /** Headers of the answer. */
  answerHeaders: IncomingHttpHeaders;
  /** What has come of the answer's body. */
  readonly chunks: Buffer[];
}

/** A listener between the service and its engine. */
export interface Tap {
  /** What the service takes for the engine: `http://127.0.0.1:port`. */
  readonly origin: string;
  /** All that went through, in the order of the requests. */
  readonly exchanges: readonly TappedExchange[];
  stop(): Promise<void>;
}

/** Starts a tap, which passes all on as it is, both ways, and remembers it. */
export async function startTap(engine: string): Promise<Tap> {
  const exchanges: TappedExchange[] = [];
  const agent = new Agent({ keepAlive: true });
  const server = createServer((incoming, outgoing) => {
    const { method = "GET", url = "/", headers } = incoming;
    const exchange: TappedExchange = { method, path: url, headers, status: 0, answerHeaders: {}, chunks: [] };
    exchanges.push(exchange);
    pass(engine, agent, exchange, incoming, outgoing);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the port of a TCP server has a number");
  return {
    origin: `http://127.0.0.1:${address.port}`,
    exchanges,
    async stop() {
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await once(server, "close");
    },
  };
}

function pass(
  engine: string,
  agent: Agent,
  exchange: TappedExchange,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): void {
  const { method, path, headers } = exchange;
  const onward = request(engine + path, { method, headers, agent }, (answer) => {
    exchange.status = answer.statusCode ?? 0;
    exchange.answerHeaders = answer.headers;
    outgoing.writeHead(exchange.status, answer.rawHeaders);
    answer.on("data", (chunk: Buffer) => exchange.chunks.push(chunk));
    answer.pipe(outgoing);
  });
  onward.on("error", () => outgoing.destroy());
  outgoing.on("close", () => {
    if (!outgoing.writableFinished) onward.destroy();
  });
  incoming.pipe(onward);
}
