// The least that a Node proxy can do: undici's dispatch, whose handler writes straight to the raw answer.
// Usage: node dispatch.ts PORT ENGINE_ORIGIN
import { createServer, type ServerResponse } from "node:http";
import { Pool, type Dispatcher } from "undici";
import { endToEnd } from "./headers.ts";

const [port, engine] = process.argv.slice(2);
if (port === undefined || engine === undefined) throw new Error("usage: node dispatch.ts PORT ENGINE_ORIGIN");
const pool = new Pool(engine, { headersTimeout: 0, bodyTimeout: 0 });

function writeTo(outgoing: ServerResponse): Dispatcher.DispatchHandler {
  return {
    onRequestStart(controller) {
      outgoing.once("close", () => {
        if (!outgoing.writableFinished) controller.abort(new Error("the client left"));
      });
    },
    onResponseStart(_controller, status, headers) {
      outgoing.writeHead(status, endToEnd(headers));
    },
    onResponseData(controller, chunk) {
      if (outgoing.write(chunk)) return;
      controller.pause();
      outgoing.once("drain", () => {
        controller.resume();
      });
    },
    onResponseEnd() {
      outgoing.end();
    },
    onResponseError() {
      if (!outgoing.headersSent) outgoing.writeHead(502);
      outgoing.end();
    },
  };
}

createServer((incoming, outgoing) => {
  const method = incoming.method ?? "GET";
  const body = method === "GET" || method === "HEAD" ? null : incoming;
  const request = { path: incoming.url ?? "/", method, headers: endToEnd(incoming.headers), body };
  pool.dispatch(request, writeTo(outgoing));
}).listen(Number(port), "127.0.0.1");
