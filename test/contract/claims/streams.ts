import { ANSWER_TOKENS, STOPS } from "../clients/scenarios.ts";
import { keys, member, members, type Json } from "../json.ts";
import type { Observation } from "../clients/observation.ts";
import { countsOf, endingsOf, hasStop, piecesOf, streamedText, textsOf, type Claim } from "./claim.ts";

const chunk = (seen: Observation, place: number) => keys(seen.chunks?.at(place));
const choice = (seen: Observation, place: number) => keys(members(seen.chunks?.at(place), "choices")[0]);
const chunkFields = ["choices", "created", "id", "kv_transfer_params", "model", "object"];
const choiceFields = ["finish_reason", "index", "logprobs", "prompt_token_ids"];
const usageChunkFields = ["choices", "created", "id", "model", "object", "system_fingerprint", "usage"];

/** Chunks that say something of usage: its number, and its place counted from the end. */
const usages = ({ chunks = [] }: Observation): Json =>
  chunks.flatMap((each, place) => ((each["usage"] ?? null) === null ? [] : [chunks.length - 1 - place]));

const usageChunk = (seen: Observation): Json => {
  const last = seen.chunks?.at(-1);
  return { choices: members(last, "choices").length, usage: countsOf(member(last, "usage")) };
};

/** Completions that are streamed. */
export const STREAM_CLAIMS = {
  "a chunk has vLLM's fields": {
    expected: chunkFields,
    read: ({ completionStream }) => chunk(completionStream, 0),
  },
  "a chunk's choice has vLLM's fields": {
    expected: [...choiceFields, "stop_reason", "text", "token_ids", "weight_versions"],
    read: ({ completionStream }) => choice(completionStream, 0),
  },
  "the last chunk has the fingerprint beside them": {
    expected: [...chunkFields, "system_fingerprint"],
    read: ({ completionStream }) => chunk(completionStream, -1),
  },
  "a stream says nothing of usage unless it is asked": {
    expected: [],
    read: ({ completionStream }) => usages(completionStream),
  },
  "a stream asked for usage ends with a chunk of it, and says it nowhere else": {
    expected: {
      places: [0],
      last: { choices: 0, usage: { completion_tokens: ANSWER_TOKENS, prompt: true, adds_up: true } },
    },
    read: ({ completionStreamUsage }) => ({
      places: usages(completionStreamUsage),
      last: usageChunk(completionStreamUsage),
    }),
  },
  "the chunk of usage has vLLM's fields": {
    expected: usageChunkFields,
    read: ({ completionStreamUsage }) => chunk(completionStreamUsage, -1),
  },
  "chunks before the one of usage have no field for it": {
    expected: chunkFields,
    read: ({ completionStreamUsage }) => chunk(completionStreamUsage, 0),
  },
  "a completion's stream says the same as the whole answer": {
    expected: true,
    read: ({ completion, completionStream, completionStreamUsage }) =>
      [completionStream, completionStreamUsage].every((seen) => streamedText(seen) === textsOf(completion)[0]),
  },
  "a stream's choice ends once, on its last chunk": {
    expected: [{ index: 0, reasons: ["length"], last: "length" }],
    read: ({ completionStream }) => endingsOf(completionStream),
  },
  "a stream of two choices ends each once, and counts the tokens of both": {
    expected: {
      endings: [0, 1].map((index) => ({ index, reasons: ["length"], last: "length" })),
      completion_tokens: 2 * ANSWER_TOKENS,
    },
    read: ({ completionTwoStream }) => ({
      endings: endingsOf(completionTwoStream),
      completion_tokens: member(completionTwoStream.chunks?.at(-1), "usage")["completion_tokens"] ?? null,
    }),
  },
  "a stop string ends a stream before it": {
    expected: { finish_reason: "stop", shown: false },
    read: ({ completionStopStream }) => ({
      finish_reason: piecesOf(completionStopStream).at(-1)?.finishReason ?? null,
      shown: hasStop(streamedText(completionStopStream), STOPS),
    }),
  },
  "no chunk has a `text` of its own": {
    expected: false,
    read: ({ completionStream, completionStreamUsage }) =>
      [completionStream, completionStreamUsage].some(({ chunks = [] }) => chunks.some((each) => "text" in each)),
  },
} as const satisfies Readonly<Record<string, Claim>>;
