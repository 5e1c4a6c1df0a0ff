import { request, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";

/** A request as it goes over the wire: the path is sent as it is given, without being made a proper one. */
export interface RawRequest {
  readonly path: string;
  /** Default: POST with a body, else GET. */
  readonly method?: string;
  /** Sent as JSON. */
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A whole answer. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

/**
 * Sends a request on a connection of its own and reads the whole answer.
 *
 * @param onBytes told of every piece of the body as it comes
 */
export async function send(
  origin: string,
  { path, body, method = body === undefined ? "GET" : "POST", headers = {} }: RawRequest,
  onBytes: (piece: Buffer) => void = () => undefined,
): Promise<RawAnswer> {
  const text = body === undefined ? "" : JSON.stringify(body);
  const typed =
    body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
  const { hostname, port } = new URL(origin);
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const options = { hostname, port, path, method, agent: false, headers: { ...typed, ...headers } };
    request(options, resolve).on("error", reject).end(text);
  });
  answer.on("data", onBytes);
  return { status: answer.statusCode ?? 0, headers: answer.headers, bytes: await buffer(answer) };
}

/** The answer's body, which has to be JSON. */
export const jsonOf = ({ bytes }: RawAnswer): unknown => JSON.parse(bytes.toString());
