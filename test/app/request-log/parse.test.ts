import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRequestRecord } from "../../../app/request-log/parse.ts";
import { recordWith, requestRecord } from "./records.ts";

/** The line of an ordinary record, with some of its fields replaced by whatever is given. */
const lineWith = (changes: object): string => JSON.stringify({ ...recordWith(), ...changes });

describe("a line that is read back from the request log", () => {
  it("is the record that was written", () => {
    fc.assert(
      fc.property(requestRecord, (record) => {
        expect(parseRequestRecord(JSON.stringify(record))).toStrictEqual(record);
      }),
    );
  });

  it("may hold fields that a newer service has added", () => {
    expect(parseRequestRecord(lineWith({ cached_tokens: 3 }))).toMatchObject(recordWith());
  });

  it.each([
    "",
    "null",
    "[]",
    '"text"',
    '{"level":"info","message":"listening"}',
    "Server listening on port 8000",
    `${lineWith({})}${lineWith({})}`,
  ])("is undefined when it is no record: %j", (line) => {
    expect(parseRequestRecord(line)).toBeUndefined();
  });

  it("is undefined when its beginning or its end is missing", () => {
    const line = lineWith({});
    for (let length = 1; length < line.length; length++) {
      expect(parseRequestRecord(line.slice(0, length))).toBeUndefined();
      expect(parseRequestRecord(line.slice(length))).toBeUndefined();
    }
  });

  it.each([
    { schema: "vllm-request/2" },
    { schema: undefined },
    { time: "2026-11-23T09:30:00Z" },
    { time: 1 },
    { request_id: null },
    { trace_id: "4BF92F3577B34DA6A3CE929D0E0E4736" },
    { trace_id: "" },
    { version: 1 },
    { model: null },
    { lora: undefined },
    { route: [] },
    { stream: "true" },
    { parameters: null },
    { parameters: [] },
    { parameters: { max_tokens: 1.5 } },
    { parameters: { max_tokens: null } },
    { parameters: { temperature: "1" } },
    { parameters: { stop: "end" } },
    { parameters: { stop: [1] } },
    { prompt: 1 },
    { prompt: undefined },
    { prompt: ["text"] },
    { prompt: [{ role: "user" }] },
    { prompt: [{ role: "user", content: [] }] },
    { prompt_truncated: null },
    { no_log: 0 },
    { prompt_tokens: -1 },
    { completion_tokens: 1.5 },
    { time_to_first_token_seconds: -1 },
    { time_to_first_token_seconds: undefined },
    { latency_seconds: null },
    { latency_seconds: "1" },
    { status: 99 },
    { status: 600 },
    { status: "200" },
    { outcome: "fine" },
  ])("is undefined with %j", (changes) => {
    expect(parseRequestRecord(lineWith(changes))).toBeUndefined();
  });

  it("is undefined when a field is missing", () => {
    for (const name of Object.keys(recordWith())) {
      expect(parseRequestRecord(lineWith({ [name]: undefined })), name).toBeUndefined();
    }
  });

  it("never makes the reader throw", () => {
    const near = fc.tuple(fc.constantFrom(...Object.keys(recordWith())), fc.jsonValue());
    const line = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.json(),
      near.map(([name, value]) => lineWith({ [name]: value })),
    );
    fc.assert(
      fc.property(line, (text) => {
        const record = parseRequestRecord(text);
        if (record !== undefined) expect(JSON.parse(text)).toStrictEqual(record);
      }),
    );
  });
});
