/** Reads server-sent events out of the bytes of a stream, however they are split. Texts have one character a byte. */
export interface SseReader {
  /**
   * Takes the next bytes and reports each event they complete. Returns what may be sent on: everything up to the end of
   * the last complete event, unchanged. The beginning of an event is held back until its end is there, since nobody can
   * use it before, and since a broken stream can then still be ended with an error the client can read.
   */
  push(chunk: Buffer): string;
  /** What was held back, once the stream has ended. */
  rest(): string;
}

/** An event larger than this, in bytes, is sent on in pieces and not reported: 1 MiB. */
export const MAX_EVENT_BYTES = 1024 * 1024;

/** So many of its last bytes are kept back: they may be the beginning of the empty line that ends it. */
const END_BYTES = 3;

/**
 * Creates a reader. Events end with an empty line, lines with LF or CRLF, all lines of a stream alike. Bytes become
 * characters one by one (latin1), which is enough to look for ASCII, and which Node writes cheaper than bytes;
 * `Buffer.from(text, "latin1")` gives them back.
 *
 * @param onEvent gets each event without the empty line, its lines joined by LF
 */
export function createSseReader(onEvent: (event: string) => void): SseReader {
  let held = "";
  let oversized = false;
  const push = (chunk: Buffer): string => {
    const text = held === "" ? chunk.toString("latin1") : held + chunk.toString("latin1");
    const end = endOfLastEvent(text);
    if (end > 0) {
      const events = text.slice(0, end);
      const plain = events.includes("\r\n") ? events.replaceAll("\r\n", "\n") : events;
      report(plain, oversized ? plain.indexOf("\n\n") + 2 : 0, onEvent);
      oversized = false;
    }
    // From there to the next empty line the bytes belong to an event that nobody is told of.
    oversized ||= text.length - end > MAX_EVENT_BYTES;
    const sent = oversized ? Math.max(end, text.length - END_BYTES) : end;
    held = text.slice(sent);
    return sent === text.length ? text : text.slice(0, sent);
  };
  return { push, rest: () => held };
}

function endOfLastEvent(text: string): number {
  if (text.endsWith("\n\n")) return text.length;
  const plain = text.lastIndexOf("\n\n");
  const withReturns = text.lastIndexOf("\r\n\r\n");
  return Math.max(plain === -1 ? 0 : plain + 2, withReturns === -1 ? 0 : withReturns + 4);
}

function report(text: string, start: number, onEvent: (event: string) => void): void {
  for (let from = start; ;) {
    const end = text.indexOf("\n\n", from);
    if (end === -1) return;
    if (end > from) onEvent(text.slice(from, end));
    from = end + 2;
  }
}
