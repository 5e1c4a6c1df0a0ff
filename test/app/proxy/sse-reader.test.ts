import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSseReader, MAX_EVENT_BYTES } from "../../../app/proxy/sse-reader.ts";

function read(chunks: readonly Buffer[]) {
  const events: string[] = [];
  const reader = createSseReader((event) => events.push(event));
  const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
  const sent = chunks.map((chunk) => bytes(reader.push(chunk)));
  return { events, sent, all: Buffer.concat([...sent, bytes(reader.rest())]), rest: reader.rest() };
}

function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, i) => bytes.subarray(places[i], end));
}

const asBytes = (event: string): string => Buffer.from(event).toString("latin1");
// A line's text: no line ends of its own, and not empty, since an empty line ends the event.
const line = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !/[\r\n]/.test(text));
const event = fc.array(line, { minLength: 1, maxLength: 3 });

describe("a reader of server-sent events", () => {
  it("finds the same events and passes on the same bytes however they are split", () => {
    fc.assert(
      fc.property(
        fc.array(event),
        fc.constantFrom("\n", "\r\n"),
        fc.array(fc.nat(5000), { maxLength: 40 }),
        (events, newline, cuts) => {
          const bytes = Buffer.from(events.map((lines) => lines.join(newline) + newline + newline).join(""));
          const result = read(split(bytes, cuts));
          expect(result.events).toEqual(events.map((lines) => asBytes(lines.join("\n"))));
          expect(result.all.equals(bytes)).toBe(true);
          expect(result.rest).toHaveLength(0);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("passes any bytes at all on unchanged", () => {
    const chunk = fc
      .uint8Array({ maxLength: 60 })
      .map((bytes) => Buffer.from(bytes.map((byte) => [10, 13, byte][byte % 3] ?? 0)));
    fc.assert(
      fc.property(fc.array(chunk), (chunks) => {
        expect(read(chunks).all.equals(Buffer.concat(chunks))).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it("passes a whole event on at once, and holds only the beginning of the next one back", () => {
    const { sent, rest } = read([Buffer.from("data: 1\n\ndata: 2\n\nda"), Buffer.from("ta: 3\n\n")]);
    expect(sent.map(String)).toEqual(["data: 1\n\ndata: 2\n\n", "data: 3\n\n"]);
    expect(rest).toBe("");
  });

  it("keeps what a stream that broke had begun", () => {
    const { events, rest } = read([Buffer.from("data: 1\n\ndata: {")]);
    expect(events).toEqual(["data: 1"]);
    expect(rest).toBe("data: {");
  });

  it("passes an event of more than its memory on in pieces, and reads the ones after it", () => {
    const huge = Buffer.from(`data: ${"x".repeat(MAX_EVENT_BYTES * 2)}\n\ndata: after\n\n`);
    const pieces = Array.from({ length: Math.ceil(huge.length / 65_536) }, (_, i) =>
      huge.subarray(i * 65_536, (i + 1) * 65_536),
    );
    const { events, all, rest } = read(pieces);
    expect(events).toEqual(["data: after"]);
    expect(all.equals(huge)).toBe(true);
    expect(rest).toHaveLength(0);
  });
});
