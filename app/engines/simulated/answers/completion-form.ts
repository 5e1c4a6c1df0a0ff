import type { EngineError } from "../engine-error.ts";
import type { AnswerForm, AnswerHead } from "./answer-form.ts";
import { wholeUsage } from "./usage.ts";

/** The form of `/v1/completions`. Log probabilities and token ids are null, asked for or not. */
export function createCompletionForm({ id, created, model, fingerprint }: AnswerHead): AnswerForm {
  const head = { id, object: "text_completion", created, model };
  // Chunks are most of what the engine writes, hence no object for each.
  const start = `${JSON.stringify(head).slice(0, -1)},"choices":[{"index":`;
  const fingerprintField = `,"system_fingerprint":${JSON.stringify(fingerprint)}`;
  return {
    opening: () => null,
    chunk: ({ index, text, finishReason, stopReason, usage, hasFingerprint }) =>
      `${start}${index},"text":${JSON.stringify(text)},"logprobs":null,"finish_reason":${JSON.stringify(finishReason)},` +
      `"stop_reason":${JSON.stringify(stopReason)},"prompt_token_ids":null,"token_ids":null,"weight_versions":null}]` +
      `${usage === null ? "" : `,"usage":${JSON.stringify(usage)}`}${hasFingerprint ? fingerprintField : ""}` +
      ',"kv_transfer_params":null}',
    usage: (usage) => JSON.stringify({ ...head, choices: [], usage, system_fingerprint: fingerprint }),
    error: spacedJson,
    whole: (choices, usage) => ({
      ...head,
      choices: choices.map(({ text, finishReason, stopReason }, index) => ({
        index,
        text,
        logprobs: null,
        finish_reason: finishReason,
        stop_reason: stopReason,
        token_ids: null,
        prompt_logprobs: null,
        prompt_token_ids: null,
        routed_experts: null,
        weight_versions: null,
      })),
      service_tier: null,
      system_fingerprint: fingerprint,
      usage: wholeUsage(usage),
      kv_transfer_params: null,
      ec_transfer_params: null,
      metrics: null,
    }),
  };
}

/** Only these errors have a space behind each comma and colon in vLLM. */
const spacedJson = ({ message, type, param, status }: EngineError): string =>
  `{"error": {"message": ${JSON.stringify(message)}, "type": ${JSON.stringify(type)}, ` +
  `"param": ${JSON.stringify(param)}, "code": ${status}}}`;
