import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable, type Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { parseRequestRecord } from "../../../app/request-log/parse.ts";
import { createRequestLog } from "../../../app/request-log/writer.ts";
import type { Answer, Task } from "./log-program.ts";
import { recordWith } from "./records.ts";

/** Starts a process that writes a request log to `output`: a pipe, or a file descriptor. */
function start(output: "pipe" | number = "pipe") {
  const program = join(import.meta.dirname, "log-program.ts");
  const child: ChildProcess = spawn(process.execPath, ["--expose-gc", program], {
    stdio: ["ignore", output, "inherit", "ipc"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  return {
    child,
    /** Sends a task; resolves with the answer. */
    ask: async (task: Task): Promise<Answer> => {
      const answered = once(child, "message");
      child.send(task);
      const [answer] = (await answered) as [Answer];
      return answer;
    },
  };
}

/** The standard output of a process that {@link start} gave a pipe. Nothing is read from it yet. */
function outputOf({ stdout }: ChildProcess): Readable {
  if (stdout === null) throw new Error("The process has no pipe.");
  return stdout;
}

/** The lines of an output, the last of which is whole. */
function linesOf(output: string): readonly string[] {
  const lines = output.split("\n");
  expect(lines.pop()).toBe("");
  return lines;
}

const idsOf = (lines: readonly string[]): readonly number[] =>
  lines.map((line) => Number(parseRequestRecord(line)?.request_id ?? "NaN"));
const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

describe("the request log on a pipe", () => {
  it("has every record on a line of its own, in order", async () => {
    const { child, ask } = start();
    const output = text(outputOf(child));
    for (let count = 0; count < 40; count++) await ask({ write: 500 });
    expect(await ask({ flush: true })).toMatchObject({ dropped: 0 });
    child.disconnect();
    expect(idsOf(linesOf(await output))).toEqual(upTo(20_000));
  });

  it("keeps its lines whole among those that others write, even to a reader that comes late", async () => {
    const { child, ask } = start();
    await ask({ write: 2_000, otherLineAfter: 10 });
    const output = text(outputOf(child));
    await ask({ write: 2_000, otherLineAfter: 10, flush: true });
    child.disconnect();
    const lines = linesOf(await output);
    const records = lines.filter((line) => line !== '{"level":"info","message":"something else"}');
    expect(lines.length - records.length).toBe(400);
    expect(idsOf(records)).toEqual(upTo(4_000));
  });

  it("shows a record without waiting for others", async () => {
    const { child, ask } = start();
    await ask({ write: 1 });
    const [chunk] = (await once(outputOf(child), "data")) as [Buffer];
    expect(idsOf(linesOf(chunk.toString()))).toEqual([0]);
  });

  it("is complete when the process exits after a flush", async () => {
    const { child } = start();
    child.send({ write: 10_000, flush: true, exit: true } satisfies Task);
    const output = text(outputOf(child));
    expect(await once(child, "exit")).toEqual([0, null]);
    expect(idsOf(linesOf(await output))).toEqual(upTo(10_000));
  });

  it("does not hold up a process that exits without waiting for its reader", async () => {
    const { child, ask } = start();
    await ask({ write: 10_000 });
    child.send({ exit: true } satisfies Task);
    expect(await once(child, "exit")).toEqual([0, null]);
  });
});

describe("the request log of a reader that stops", () => {
  it("keeps what it has room for, drops the rest, and lets the process go on", async () => {
    const { child, ask } = start();
    const { memory: empty } = await ask({});
    const { memory: full, dropped: first } = await ask({ write: 40_000 });
    expect(first).toBeGreaterThan(0);
    // Answers prove that neither writing nor the event loop waits for the reader.
    const { memory, dropped } = await ask({ write: 40_000 });
    expect(memory - full).toBeLessThan((full - empty) / 10);

    const output = text(outputOf(child));
    await ask({ flush: true });
    expect(await ask({ write: 100, flush: true })).toMatchObject({ dropped });
    child.disconnect();
    const ids = idsOf(linesOf(await output));
    const kept = 40_000 - first;
    expect(ids.slice(0, kept)).toEqual(upTo(kept));
    expect(ids.slice(-100)).toEqual(upTo(100).map((id) => 80_000 + id));
    expect(ids).toHaveLength(80_100 - dropped);
    expect(ids).toEqual(ids.toSorted((one, other) => one - other));
  });
});

describe("the request log of a reader that is gone", () => {
  it("counts its records as dropped, and the process goes on", async () => {
    const { child, ask } = start();
    await ask({});
    outputOf(child).destroy();
    expect(await ask({ write: 1_000, flush: true })).toMatchObject({ dropped: 1_000 });
    expect(await ask({ write: 1_000, flush: true })).toMatchObject({ dropped: 2_000 });
    child.disconnect();
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  it("goes on when a reader comes back", async () => {
    const directory = mkdtempSync(join(tmpdir(), "request-log-"));
    onTestFinished(() => {
      rmSync(directory, { recursive: true });
    });
    const pipe = join(directory, "pipe");
    execFileSync("mkfifo", [pipe]);
    const openReader = (): number => openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const readIds = (reader: number): readonly number[] => {
      const buffer = Buffer.alloc(65_536);
      return idsOf(linesOf(buffer.toString("utf8", 0, readSync(reader, buffer))));
    };
    const first = openReader();
    const writer = openSync(pipe, constants.O_WRONLY);
    const { ask } = start(writer);
    closeSync(writer);

    await ask({ write: 1, flush: true });
    expect(readIds(first)).toEqual([0]);
    closeSync(first);
    expect(await ask({ write: 1, flush: true })).toMatchObject({ dropped: 1 });
    const second = openReader();
    expect(await ask({ write: 1, flush: true })).toMatchObject({ dropped: 1 });
    expect(readIds(second)).toEqual([2]);
    closeSync(second);
  });
});

describe("the request log", () => {
  it("may be a file", async () => {
    const directory = mkdtempSync(join(tmpdir(), "request-log-"));
    onTestFinished(() => {
      rmSync(directory, { recursive: true });
    });
    const file = join(directory, "log");
    const descriptor = openSync(file, "w");
    const { ask } = start(descriptor);
    closeSync(descriptor);
    expect(await ask({ write: 5_000, flush: true })).toMatchObject({ dropped: 0 });
    expect(idsOf(linesOf(readFileSync(file, "utf8")))).toEqual(upTo(5_000));
  });

  it("hands records over together, one chunk at a time", async () => {
    const chunks: string[] = [];
    let finishFirst = (): void => undefined;
    const destination = new Writable({
      decodeStrings: false,
      highWaterMark: 1,
      write(chunk: string, _encoding, done) {
        chunks.push(chunk);
        if (chunks.length === 1) finishFirst = done;
        else done();
      },
    });
    const log = createRequestLog(destination);
    const record = recordWith({ prompt: "x".repeat(1_000) });
    for (let count = 0; count < 50; count++) log.write(record);
    expect(chunks).toHaveLength(1);
    finishFirst();
    await log.flush();
    const perChunk = Math.ceil(16_384 / (JSON.stringify(record).length + 1));
    expect(chunks.map((chunk) => linesOf(chunk).length)).toEqual([
      perChunk,
      perChunk,
      perChunk,
      perChunk,
      50 - 4 * perChunk,
    ]);
  });

  it("is flushed at once when there is nothing to write", async () => {
    const log = createRequestLog(new Writable());
    await expect(log.flush()).resolves.toBeUndefined();
    expect(log.dropped).toBe(0);
  });

  it("counts the records of a chunk that could not be written, and no others", async () => {
    let writes = 0;
    const destination = new Writable({
      autoDestroy: false,
      write(_chunk, _encoding, done) {
        writes++;
        done(writes === 1 ? new Error("no space left") : null);
      },
    });
    const log = createRequestLog(destination);
    log.write(recordWith());
    log.write(recordWith());
    await log.flush();
    expect(log.dropped).toBe(2);
  });
});
