// A process that logs to its standard output what it is told to over IPC, and answers each message.
import { createRequestLog } from "../../../app/request-log/writer.ts";
import { recordWith } from "./records.ts";

/** What the process is told to do. */
export interface Task {
  /** Records to be written, their `request_id` counting on from the last one's. */
  readonly write?: number;
  /** A line that others write to standard output after every so many records. */
  readonly otherLineAfter?: number;
  /** Whether to wait until all is written. */
  readonly flush?: boolean;
  /** Whether to exit at once, after the flush if there is one. */
  readonly exit?: boolean;
}

/** Its answer, when the task is done. */
export interface Answer {
  /** Records lost so far. */
  readonly dropped: number;
  /** Memory in use after a garbage collection, in bytes. */
  readonly memory: number;
}

const log = createRequestLog();
const prompt = "What is the meaning of life? ".repeat(15);
let next = 0;

async function run({ write = 0, otherLineAfter, flush, exit }: Task): Promise<void> {
  for (const end = next + write; next < end; next++) {
    log.write(recordWith({ request_id: String(next), prompt }));
    if (otherLineAfter !== undefined && next % otherLineAfter === 0)
      process.stdout.write('{"level":"info","message":"something else"}\n');
  }
  if (flush === true) await log.flush();
  if (exit === true) process.exit(0);
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  process.send?.({ dropped: log.dropped, memory: heapUsed + external } satisfies Answer);
}

process.on("message", (task: Task) => void run(task));
