import type { Writable } from "node:stream";
import type { RequestRecord } from "./record.ts";

/** Where the records of finished requests go. */
export interface RequestLog {
  /** Takes one record; returns at once, whatever the reader does. */
  readonly write: (record: RequestRecord) => void;
  /** Records lost so far: the reader did not keep up and the buffer was full, or it is gone. */
  readonly dropped: number;
  /**
   * Resolves when every record is with the operating system or lost; to be called before the process exits. Waits as
   * long as the reader lets it, so the caller sets the limit. Never rejects.
   */
  readonly flush: () => Promise<void>;
}

interface Chunk {
  text: string;
  records: number;
}

/** Records wait at most this long, so that those who follow the log see them live. */
const DELAY_MS = 100;
/** Records are written together in chunks of this many characters, or of one record that is longer. */
const CHUNK_CHARACTERS = 16_384;
/** What may wait for a slow reader, in characters: 16 MiB of memory, or 32 where the text is not Latin. */
const BUFFER_CHARACTERS = 16_777_216;

/**
 * Creates the request log: JSON, one line a record, to standard output unless told otherwise. On Linux, Node does not
 * block on a pipe that is full, and lines that others write to the same stream never land inside one of these. Errors of
 * the destination are swallowed; a reader that comes back is written to again.
 */
export function createRequestLog(destination: Writable = process.stdout): RequestLog {
  // The first chunk is the next to be written; the last one takes records until it is long enough.
  const chunks: Chunk[] = [];
  const flushes: (() => void)[] = [];
  let waiting = 0;
  let dropped = 0;
  let writing = false;
  let timer: NodeJS.Timeout | undefined;

  const add = (line: string): Chunk => {
    const last = chunks.at(-1);
    const chunk = last !== undefined && last.text.length < CHUNK_CHARACTERS ? last : { text: "", records: 0 };
    if (chunk !== last) chunks.push(chunk);
    chunk.text += line;
    chunk.records++;
    waiting += line.length;
    return chunk;
  };
  const writeNext = (): void => {
    if (writing) return;
    clearTimeout(timer);
    timer = undefined;
    const chunk = chunks.shift();
    if (chunk === undefined) {
      for (const flushed of flushes.splice(0)) flushed();
      return;
    }
    writing = true;
    // One chunk at a time: what was handed over counts as waiting until all of it is written.
    destination.write(chunk.text, (error) => {
      writing = false;
      waiting -= chunk.text.length;
      if (error) dropped += chunk.records;
      writeNext();
    });
  };
  destination.on("error", () => undefined);
  return {
    get dropped() {
      return dropped;
    },
    write(record) {
      const line = `${JSON.stringify(record)}\n`;
      if (waiting + line.length > BUFFER_CHARACTERS) dropped++;
      else if (add(line).text.length >= CHUNK_CHARACTERS) writeNext();
      else timer ??= setTimeout(writeNext, DELAY_MS);
    },
    flush() {
      return new Promise((resolve) => {
        flushes.push(resolve);
        writeNext();
      });
    },
  };
}
