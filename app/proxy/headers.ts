import type { IncomingHttpHeaders } from "node:http";
import type { Exchange } from "../exchange.ts";

/** Headers that concern one connection, not the message, and those that are set anew on the other side. */
const OWN_TO_A_CONNECTION = [
  ...["connection", "keep-alive", "proxy-connection", "transfer-encoding", "te", "trailer", "upgrade"],
  ...["proxy-authenticate", "proxy-authorization", "expect", "host", "content-length"],
];
/** The engine is to answer in plain bytes, which are looked at. The service sets the others itself, or keeps them. */
const NOT_TO_ENGINE = new Set([
  ...OWN_TO_A_CONNECTION,
  ...["accept-encoding", "x-request-id", "traceparent", "tracestate", "x-no-log"],
]);
/** A body that was read as JSON is sent as JSON: vLLM refuses what `curl -d` calls a form. */
const JSON_BODY = ["content-type", "application/json"];
/** The service sets these itself; the engine's own name and clock are of no use to a client. */
const NOT_TO_CLIENT = new Set([...OWN_TO_A_CONNECTION, "x-request-id", "x-model-version", "date", "server"]);

/** A request's headers for the engine, with the trace to go on with: name, value, name, value. */
export function headersToEngine({ incoming, requestId, request, trace }: Exchange): string[] {
  // `Connection` may name further headers that end at this hop.
  const connection = incoming.headers.connection?.toLowerCase().split(/\s*,\s*/) ?? [];
  const { rawHeaders } = incoming;
  const isJson = request !== undefined;
  const headers = isJson ? ["x-request-id", requestId, ...JSON_BODY] : ["x-request-id", requestId];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [name, value] = [rawHeaders[i] ?? "", rawHeaders[i + 1] ?? ""];
    const lower = name.toLowerCase();
    if (NOT_TO_ENGINE.has(lower) || connection.includes(lower) || (isJson && lower === "content-type")) continue;
    headers.push(name, value);
  }
  const { traceparent, tracestate } = trace;
  if (traceparent !== undefined) headers.push("traceparent", traceparent);
  if (tracestate !== undefined) headers.push("tracestate", tracestate);
  return headers;
}

/** An answer's headers for the client, as far as the engine decides on them: name, value, name, value. */
export function headersToClient(headers: IncomingHttpHeaders): string[] {
  const connection = headers.connection?.toLowerCase().split(/\s*,\s*/) ?? [];
  const kept: string[] = [];
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || NOT_TO_CLIENT.has(name) || connection.includes(name)) continue;
    if (typeof value === "string") kept.push(name, value);
    else for (const one of value) kept.push(name, one);
  }
  return kept;
}
