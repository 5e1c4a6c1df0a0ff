import type { IncomingHttpHeaders } from "node:http";

const CONNECTION_ONLY = new Set([
  "connection",
  "expect",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** The headers that a proxy passes on: all but those that concern one connection. */
export function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const kept: IncomingHttpHeaders = {};
  for (const name in headers) {
    if (!CONNECTION_ONLY.has(name)) kept[name] = headers[name];
  }
  return kept;
}
