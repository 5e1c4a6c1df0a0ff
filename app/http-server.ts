import { createServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { RequestError } from "@hono/node-server";
import { internalError, malformed } from "./errors.ts";
import { logError } from "./log.ts";

/** Answers one request. */
export type OnRequest = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

const SERVER_OPTIONS = {
  // Envoy closes idle connections after an hour. Were we to close first, it could send a request into a closing
  // connection and answer 503.
  keepAliveTimeout: 65 * 60 * 1000,
  // Node's own refusal of a request without host would lack our header; ours comes from the listener.
  requireHostHeader: false,
};

/**
 * Creates a server that is not listening yet. It answers itself what is no HTTP request, with the response header
 * `x-model-version` that every answer has.
 */
export function createHttpServer(version: string, onRequest: OnRequest): Server {
  const server = createServer(SERVER_OPTIONS, onRequest);
  // Node types the socket as a Duplex; on a plain HTTP server it is always a Socket.
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    refuse(error.code, socket, version);
  });
  return server;
}

/** Answers what a handler in web form threw: 400 for a request that cannot be put into that form, else 500. */
export function answerInternalError(error: unknown): Response {
  if (error instanceof RequestError) return json(malformed(error.message).body(), 400);
  logError("request failed", error instanceof Error ? error : new Error(String(error)));
  return json(internalError().body(), 500);
}

const json = (body: unknown, status: number): Response => Response.json(body, { status });

function refuse(code: string | undefined, socket: Socket, version: string): void {
  if (code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = REFUSALS[code ?? ""] ?? 400;
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`, `x-model-version: ${version}`, "connection: close"];
  socket.end(`${head.join("\r\n")}\r\ncontent-length: 0\r\n\r\n`);
}

const REFUSALS: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };
