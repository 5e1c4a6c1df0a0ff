import type { ServerResponse } from "node:http";

/** The body of an answer whose length is not known beforehand. Texts have one character a byte (latin1). */
export interface ChunkedBody {
  /** Sends a text that is not empty. False asks for a pause until the client has read. */
  write(text: string): boolean;
  /** Ends the body, after a last text. */
  end(text: string): void;
}

/**
 * Begins such an answer and frames its chunks here, in one text each: Node would send length, bytes and line ends as four
 * pieces, and that system call is most of what a proxied stream costs. Clients of HTTP/1.0, which know no chunks, get the
 * bare bytes.
 */
export function openChunkedBody(outgoing: ServerResponse, status: number, headers: readonly string[]): ChunkedBody {
  if (outgoing.req.httpVersion === "1.0") {
    outgoing.writeHead(status, [...headers]);
    return { write: (text) => outgoing.write(text, "latin1"), end: (text) => outgoing.end(text, "latin1") };
  }
  outgoing.writeHead(status, [...headers, "transfer-encoding", "chunked"]);
  // From here on Node passes on what it is given.
  outgoing.chunkedEncoding = false;
  return {
    write: (text) => outgoing.write(frame(text), "latin1"),
    end: (text) => outgoing.end(`${text === "" ? "" : frame(text)}0\r\n\r\n`, "latin1"),
  };
}

const frame = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;
