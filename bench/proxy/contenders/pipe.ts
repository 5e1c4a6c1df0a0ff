// The plain Node proxy, as most would write it: node:http in front, an undici pool behind, the body piped.
// Usage: node pipe.ts PORT ENGINE_ORIGIN
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { pipeline } from "node:stream";
import { Pool } from "undici";
import { endToEnd } from "./headers.ts";

const [port, engine] = process.argv.slice(2);
if (port === undefined || engine === undefined) throw new Error("usage: node pipe.ts PORT ENGINE_ORIGIN");
const pool = new Pool(engine, { headersTimeout: 0, bodyTimeout: 0 });

async function relay(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const left = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) left.abort();
  });
  const method = incoming.method ?? "GET";
  const { statusCode, headers, body } = await pool.request({
    path: incoming.url ?? "/",
    method,
    headers: endToEnd(incoming.headers),
    body: method === "GET" || method === "HEAD" ? null : incoming,
    signal: left.signal,
  });
  outgoing.writeHead(statusCode, endToEnd(headers));
  pipeline(body, outgoing, () => undefined);
}

createServer((incoming, outgoing) => {
  relay(incoming, outgoing).catch(() => {
    if (!outgoing.headersSent) outgoing.writeHead(502);
    outgoing.end();
  });
}).listen(Number(port), "127.0.0.1");
