/** Reads server-sent events out of the bytes of a stream, however they are split. */
export interface SseReader {
  /**
   * Takes the next bytes and reports each event they complete. Returns what may be sent on: everything up to the end of
   * the last complete event, unchanged. The beginning of an event is held back until its end is there, since nobody can
   * use it before, and since a broken stream can then still be ended with an error the client can read.
   */
  push(chunk: Buffer): Buffer;
  /** The bytes that were held back, once the stream has ended. */
  rest(): Buffer;
}

/** An event larger than this, in bytes, is sent on in pieces and not reported: 1 MiB. */
export const MAX_EVENT_BYTES = 1024 * 1024;

const NONE = Buffer.alloc(0);
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/**
 * Creates a reader. Events end with an empty line, lines with LF or CRLF, all lines of a stream alike.
 *
 * @param onEvent gets each event without the empty line, its lines joined by LF, one character for each byte: enough to
 *   look for ASCII; `Buffer.from(event, "latin1")` gives back the bytes.
 */
export function createSseReader(onEvent: (event: string) => void): SseReader {
  let held: Buffer = NONE;
  let oversized = false;
  const hold = (bytes: Buffer): Buffer => {
    if (!oversized && bytes.length <= MAX_EVENT_BYTES) {
      held = bytes;
      return NONE;
    }
    // From here to the next empty line the bytes belong to an event nobody was told of; its last ones may be half of it.
    oversized = true;
    const keep = Math.min(bytes.length, 3);
    held = bytes.subarray(bytes.length - keep);
    return bytes.subarray(0, bytes.length - keep);
  };
  return {
    push(chunk) {
      const bytes: Buffer = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      held = NONE;
      const end = endOfLastEvent(bytes);
      if (end === 0) return hold(bytes);
      let text = bytes.toString("latin1", 0, end);
      if (text.includes("\r\n")) text = text.replaceAll("\r\n", "\n");
      const from = oversized ? text.indexOf("\n\n") + 2 : 0;
      oversized = false;
      report(text, from, onEvent);
      if (end === bytes.length) return bytes;
      const tail = hold(bytes.subarray(end));
      return tail.length === 0 ? bytes.subarray(0, end) : bytes.subarray(0, end + tail.length);
    },
    rest: () => held,
  };
}

function endOfLastEvent(bytes: Buffer): number {
  const { length } = bytes;
  if (length >= 2 && bytes[length - 1] === LINE_FEED && bytes[length - 2] === LINE_FEED) return length;
  const plain = bytes.lastIndexOf("\n\n");
  const withReturns = bytes.includes(CARRIAGE_RETURN) ? bytes.lastIndexOf("\r\n\r\n") : -1;
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
