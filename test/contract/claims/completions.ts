import { ANSWER_TOKENS, REQUEST_ID, STOPS } from "../clients/scenarios.ts";
import { keys, member, members, object, text } from "../json.ts";
import { countsOf, firstChoice, hasStop, textsOf, type Claim } from "./claim.ts";

const modelOf = (list: Parameters<typeof members>[0]) => members(list, "data")[0]?.["id"] ?? null;

/** Completions that are not streamed. */
export const COMPLETION_CLAIMS = {
  "a completion has vLLM's fields, and `text` beside them": {
    expected: [
      ...["choices", "created", "ec_transfer_params", "id", "kv_transfer_params", "metrics", "model", "object"],
      ...["service_tier", "system_fingerprint", "text", "usage"],
    ],
    read: ({ completion }) => keys(completion.answer),
  },
  "a completion's choice has vLLM's fields": {
    expected: [
      ...["finish_reason", "index", "logprobs", "prompt_logprobs", "prompt_token_ids", "routed_experts"],
      ...["stop_reason", "text", "token_ids", "weight_versions"],
    ],
    read: ({ completion }) => keys(firstChoice(completion)),
  },
  "a completion's usage has vLLM's fields": {
    expected: [
      ...["completion_tokens", "completion_tokens_details", "prompt_tokens", "prompt_tokens_details"],
      "total_tokens",
    ],
    read: ({ completion }) => keys(member(completion.answer, "usage")),
  },
  "a completion says what it is, and which model made it": {
    expected: { object: "text_completion", id: true, isServedModel: true },
    read: ({ completion, models }) => {
      const { object: kind = null, id, model } = object(completion.answer);
      return { object: kind, id: text(id).startsWith("cmpl-"), isServedModel: model === modelOf(models.answer) };
    },
  },
  "a completion's id is the request's, if that has one": {
    expected: true,
    read: ({ completion }) => object(completion.answer)["id"] === `cmpl-${REQUEST_ID}`,
  },
  "a completion has a system_fingerprint": {
    expected: "string",
    read: ({ completion }) => typeof object(completion.answer)["system_fingerprint"],
  },
  "max_tokens ends a completion that would go on, and usage counts its tokens": {
    expected: {
      finish_reason: "length",
      usage: { completion_tokens: ANSWER_TOKENS, prompt: true, adds_up: true },
    },
    read: ({ completion }) => ({
      finish_reason: firstChoice(completion)["finish_reason"] ?? null,
      usage: countsOf(member(completion.answer, "usage")),
    }),
  },
  "`text` is the first choice's text": {
    expected: [true, true],
    read: ({ completion, completionTwo }) =>
      [completion, completionTwo].map((seen) => {
        const first = textsOf(seen)[0];
        return text(first) !== "" && object(seen.answer)["text"] === first;
      }),
  },
  "n of 2 gives two choices, whose tokens are all counted, the prompt's once": {
    expected: { indices: [0, 1], completion_tokens: 2 * ANSWER_TOKENS, countsPromptOnce: true },
    read: ({ completion, completionTwo }) => {
      const usage = member(completionTwo.answer, "usage");
      return {
        indices: members(completionTwo.answer, "choices").map(({ index = null }) => index),
        completion_tokens: usage["completion_tokens"] ?? null,
        countsPromptOnce: usage["prompt_tokens"] === member(completion.answer, "usage")["prompt_tokens"],
      };
    },
  },
  "two prompts give two choices": {
    expected: { indices: [0, 1], completion_tokens: 2 * ANSWER_TOKENS },
    read: ({ completionPrompts: { answer } }) => ({
      indices: members(answer, "choices").map(({ index = null }) => index),
      completion_tokens: member(answer, "usage")["completion_tokens"] ?? null,
    }),
  },
  "a stop string ends a completion before it, and is named": {
    expected: { finish_reason: "stop", named: true, shown: false },
    read: ({ completionStop }) => {
      const { finish_reason = null, stop_reason, text: shown } = firstChoice(completionStop);
      return {
        finish_reason,
        named: STOPS.some((stop) => stop === stop_reason),
        shown: hasStop(text(shown), STOPS),
      };
    },
  },
  "the same seed gives the same completion": {
    expected: true,
    read: ({ repeated1, repeated2, repeated3 }) =>
      new Set([repeated1, repeated2, repeated3].map((seen) => textsOf(seen)[0])).size === 1,
  },
} as const satisfies Readonly<Record<string, Claim>>;
