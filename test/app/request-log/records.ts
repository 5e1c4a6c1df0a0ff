import fc from "fast-check";
import {
  OUTCOMES,
  REQUEST_RECORD_SCHEMA,
  type LoggedMessage,
  type LoggedParameters,
  type RequestRecord,
} from "../../../app/request-log/record.ts";

const text = fc.string({ unit: "binary" });
const count = fc.nat();
// JSON has no -0.
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const seconds = fc.double({ min: 0, max: 1e6, noNaN: true }).map((value) => value + 0);
const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });

const parameters: fc.Arbitrary<LoggedParameters> = fc.record(
  {
    max_tokens: fc.integer(),
    temperature: number,
    top_p: number,
    top_k: fc.integer(),
    n: fc.integer(),
    seed: fc.maxSafeInteger(),
    presence_penalty: number,
    frequency_penalty: number,
    stop: fc.array(text),
  },
  { requiredKeys: [], noNullPrototype: true },
);
const message: fc.Arbitrary<LoggedMessage> = fc.record({ role: text, content: text }, { noNullPrototype: true });
const hexadecimal = fc.string({
  unit: fc.constantFrom(...Array.from("0123456789abcdef")),
  minLength: 32,
  maxLength: 32,
});

/** Any record that the service may write. */
export const requestRecord: fc.Arbitrary<RequestRecord> = fc.record(
  {
    schema: fc.constant(REQUEST_RECORD_SCHEMA),
    time: fc
      .date({ min: new Date("0000-01-01T00:00:00Z"), max: new Date("9999-12-31T23:59:59Z"), noInvalidDate: true })
      .map((date) => date.toISOString()),
    request_id: text,
    trace_id: orNull(hexadecimal),
    version: text,
    model: text,
    lora: orNull(text),
    route: text,
    stream: fc.boolean(),
    parameters,
    prompt: fc.oneof(text, fc.array(message), fc.constant(null)),
    prompt_truncated: fc.boolean(),
    no_log: fc.boolean(),
    prompt_tokens: orNull(count),
    completion_tokens: orNull(count),
    time_to_first_token_seconds: orNull(seconds),
    latency_seconds: seconds,
    status: fc.integer({ min: 100, max: 599 }),
    outcome: fc.constantFrom(...OUTCOMES),
  },
  { noNullPrototype: true },
);

/** A record of an ordinary request, with some of its fields changed. */
export const recordWith = (changes: Partial<RequestRecord> = {}): RequestRecord => ({
  schema: REQUEST_RECORD_SCHEMA,
  time: "2026-11-23T09:30:00.125Z",
  request_id: "7f1c",
  trace_id: "4bf92f3577b34da6a3ce929d0e0e4736",
  version: "v1",
  model: "m",
  lora: null,
  route: "/v1/completions",
  stream: true,
  parameters: { max_tokens: 16, temperature: 0.7 },
  prompt: null,
  prompt_truncated: false,
  no_log: false,
  prompt_tokens: 12,
  completion_tokens: 16,
  time_to_first_token_seconds: 0.031,
  latency_seconds: 0.42,
  status: 200,
  outcome: "ok",
  ...changes,
});
