import { ANSWER_TOKENS, STOPS } from "../clients/scenarios.ts";
import { keys, member, members, object, text } from "../json.ts";
import { countsOf, endingsOf, firstChoice, hasStop, streamedText, textsOf, type Claim } from "./claim.ts";

/** Chats, streamed or not. */
export const CHAT_CLAIMS = {
  "a chat's answer has vLLM's fields, and no `text`": {
    expected: [
      ...["choices", "created", "ec_transfer_params", "id", "kv_transfer_params", "metrics", "model", "object"],
      ...["prompt_logprobs", "prompt_text", "prompt_token_ids", "service_tier", "system_fingerprint", "usage"],
    ],
    read: ({ chat }) => keys(chat.answer),
  },
  "a chat's choice has vLLM's fields": {
    expected: [
      ...["finish_reason", "index", "logprobs", "message", "routed_experts", "stop_reason", "token_ids"],
      "weight_versions",
    ],
    read: ({ chat }) => keys(firstChoice(chat)),
  },
  "a chat's message has vLLM's fields": {
    expected: ["annotations", "audio", "content", "function_call", "reasoning", "refusal", "role"],
    read: ({ chat }) => keys(member(firstChoice(chat), "message")),
  },
  "a chat is answered by the assistant, in as many tokens as it may": {
    expected: {
      ...{ object: "chat.completion", id: true, role: "assistant", finish_reason: "length", hasText: true },
      usage: { completion_tokens: ANSWER_TOKENS, prompt: true, adds_up: true },
    },
    read: ({ chat }) => {
      const { object: kind = null, id } = object(chat.answer);
      const { finish_reason = null, message } = firstChoice(chat);
      const { role = null, content } = object(message);
      const hasText = typeof content === "string" && content !== "";
      const head = { object: kind, id: text(id).startsWith("chatcmpl-"), role, finish_reason, hasText };
      return { ...head, usage: countsOf(member(chat.answer, "usage")) };
    },
  },
  "a chat's stream begins with the role and no text": {
    expected: { role: "assistant", content: "" },
    read: ({ chatStream }) => member(members(chatStream.chunks?.[0], "choices")[0], "delta"),
  },
  "a chat's first chunk has vLLM's fields": {
    expected: ["choices", "created", "id", "model", "object", "prompt_text", "prompt_token_ids"],
    read: ({ chatStream }) => keys(chatStream.chunks?.[0]),
  },
  "a chat's last chunk has vLLM's fields, and no `text`": {
    expected: ["choices", "created", "id", "kv_transfer_params", "model", "object", "system_fingerprint"],
    read: ({ chatStream }) => keys(chatStream.chunks?.at(-1)),
  },
  "a chat's stream ends once, on its last chunk": {
    expected: [{ index: 0, reasons: ["length"], last: "length" }],
    read: ({ chatStream }) => endingsOf(chatStream),
  },
  "a chat's stream says the same as the whole answer": {
    expected: true,
    read: ({ chat, chatStream, chatStreamUsage }) =>
      [chatStream, chatStreamUsage].every((seen) => streamedText(seen) === textsOf(chat)[0]),
  },
  "a chat's stream asked for usage ends with it": {
    expected: { choices: 0, usage: { completion_tokens: ANSWER_TOKENS, prompt: true, adds_up: true } },
    read: ({ chatStreamUsage: { chunks } }) => ({
      choices: members(chunks?.at(-1), "choices").length,
      usage: countsOf(member(chunks?.at(-1), "usage")),
    }),
  },
  "a chat asked for two choices gives two": {
    expected: { indices: [0, 1], completion_tokens: 2 * ANSWER_TOKENS },
    read: ({ chatTwo: { answer } }) => ({
      indices: members(answer, "choices").map(({ index = null }) => index),
      completion_tokens: member(answer, "usage")["completion_tokens"] ?? null,
    }),
  },
  "a stop string ends a chat before it": {
    expected: { finish_reason: "stop", shown: false },
    read: ({ chatStop }) => ({
      finish_reason: firstChoice(chatStop)["finish_reason"] ?? null,
      shown: hasStop(text(textsOf(chatStop)[0]), STOPS),
    }),
  },
} as const satisfies Readonly<Record<string, Claim>>;
