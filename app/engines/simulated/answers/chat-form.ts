import type { AnswerForm, AnswerHead } from "./answer-form.ts";
import { wholeUsage } from "./usage.ts";

/** The form of `/v1/chat/completions`. Log probabilities and token ids are null, asked for or not. */
export function createChatForm({ id, created, model, fingerprint }: AnswerHead): AnswerForm {
  const chunkHead = { id, object: "chat.completion.chunk", created, model };
  // Chunks are most of what the engine writes, hence no object for each.
  const start = `${JSON.stringify(chunkHead).slice(0, -1)},"choices":[{"index":`;
  const fingerprintField = `,"system_fingerprint":${JSON.stringify(fingerprint)}`;
  return {
    opening: (index, usage) =>
      `${start}${index},"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]` +
      `${usage === null ? "" : `,"usage":${JSON.stringify(usage)}`},"prompt_token_ids":null,"prompt_text":null}`,
    chunk({ index, text, isEmpty, finishReason, stopReason, usage, hasFingerprint }) {
      const delta = isEmpty ? "{}" : `{"content":${JSON.stringify(text)}}`;
      const end =
        finishReason === null
          ? '"token_ids":null}]'
          : `"stop_reason":${JSON.stringify(stopReason)},"token_ids":null,"weight_versions":null}]`;
      return (
        `${start}${index},"delta":${delta},"logprobs":null,"finish_reason":${JSON.stringify(finishReason)},${end}` +
        `${usage === null ? "" : `,"usage":${JSON.stringify(usage)}`}${hasFingerprint ? fingerprintField : ""}` +
        ',"kv_transfer_params":null}'
      );
    },
    usage: (usage) => JSON.stringify({ ...chunkHead, choices: [], usage, system_fingerprint: fingerprint }),
    error: (error) => JSON.stringify(error.body()),
    whole: (choices, usage) => ({
      id,
      object: "chat.completion",
      created,
      model,
      choices: choices.map(({ text, finishReason, stopReason }, index) => ({
        index,
        message: {
          role: "assistant",
          content: text,
          refusal: null,
          annotations: null,
          audio: null,
          function_call: null,
          reasoning: null,
        },
        logprobs: null,
        finish_reason: finishReason,
        stop_reason: stopReason,
        token_ids: null,
        routed_experts: null,
        weight_versions: null,
      })),
      service_tier: null,
      system_fingerprint: fingerprint,
      usage: wholeUsage(usage),
      prompt_logprobs: null,
      prompt_token_ids: null,
      prompt_text: null,
      kv_transfer_params: null,
      ec_transfer_params: null,
      metrics: null,
    }),
  };
}
