import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { malformed } from "../requests/issues.ts";
import { EngineError } from "../engine-error.ts";

/** One HTTP request and its answer. */
export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Path and parameters. */
  readonly url: URL;
  /** `X-Request-Id` as it came, or one made here; every answer repeats it. */
  readonly requestId: string;
  /** Whether it came with the request. */
  readonly hasRequestId: boolean;
}

/** 32 random hexadecimal digits. */
export const randomId = (): string => randomUUID().replaceAll("-", "");

/** Takes a call. */
export function takeCall(request: IncomingMessage, response: ServerResponse): Call {
  const given = request.headers["x-request-id"];
  const hasRequestId = typeof given === "string";
  const url = URL.parse(request.url ?? "/", "http://engine") ?? new URL("http://engine/");
  return { request, response, url, requestId: hasRequestId ? given : randomId(), hasRequestId };
}

/** Answers with a text, an empty one without a content type. */
export function sendText(call: Call, status: number, text: string, contentType?: string): void {
  const body = Buffer.from(text);
  call.response.writeHead(status, {
    ...(contentType !== undefined && { "content-type": contentType }),
    "content-length": body.length,
    "x-request-id": call.requestId,
  });
  call.response.end(body);
}

/** Answers with JSON. */
export function sendJson(call: Call, status: number, body: unknown): void {
  sendText(call, status, JSON.stringify(body), "application/json");
}

/** Reads a body of JSON. Throws a 400 for any other; rejects when the client goes before its end. */
export async function readJson({ request }: Call): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const mediaType = request.headers["content-type"]?.toLowerCase().split(";", 1)[0];
  if (mediaType !== "application/json") {
    const message = "1 validation error:\n  Unsupported Media Type: Only 'application/json' is allowed";
    throw new EngineError(400, "Bad Request", message);
  }
  const text = Buffer.concat(chunks).toString();
  if (text === "") throw malformed([{ type: "missing", loc: "body", msg: "Field required", input: null }]);
  try {
    return JSON.parse(text);
  } catch (error) {
    const position = /position (\d+)/.exec(String(error))?.[1] ?? "0";
    const ctx = "{'error': 'Expecting value'}";
    throw malformed([{ type: "json_invalid", loc: `body.${position}`, msg: "JSON decode error", input: {}, ctx }]);
  }
}
