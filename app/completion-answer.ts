import { randomUUID } from "node:crypto";
import type { FinishReason, GeneratedToken } from "./engines/engine.ts";
import type { CompletionRequest } from "./completion-request.ts";

/** What all parts of one answer have in common. */
export interface AnswerHead {
  /** `cmpl-` and 32 hexadecimal digits. */
  readonly id: string;
  readonly object: "text_completion";
  /** Unix time in seconds. */
  readonly created: number;
  /** The served model. */
  readonly model: string;
}

/** Starts an answer with a new id and the present time. */
export function createAnswerHead(model: string): AnswerHead {
  const id = `cmpl-${randomUUID().replaceAll("-", "")}`;
  return { id, object: "text_completion", created: Math.floor(Date.now() / 1000), model };
}

const usage = (request: CompletionRequest, completionTokens: number) => ({
  prompt_tokens: request.promptTokens,
  total_tokens: request.promptTokens + completionTokens,
  completion_tokens: completionTokens,
});

const choice = (index: number, text: string, finishReason: FinishReason | null) => ({
  index,
  text,
  logprobs: null,
  finish_reason: finishReason,
  stop_reason: null,
});

/**
 * Gathers all tokens into one JSON body. Beside OpenAI's fields it has `text`, the first choice's text, for scripts, and
 * `system_fingerprint` tells which version answered. Rejects when `tokens` does.
 */
export async function wholeAnswer(
  head: AnswerHead,
  version: string,
  request: CompletionRequest,
  tokens: AsyncIterable<GeneratedToken>,
) {
  const choices = request.prompts.flatMap(() =>
    Array.from({ length: request.choicesPerPrompt }, () => choice(0, "", null)),
  );
  let completionTokens = 0;
  for await (const token of tokens) {
    const text = (choices[token.choice]?.text ?? "") + token.text;
    choices[token.choice] = choice(token.choice, text, token.finishReason);
    completionTokens += 1;
  }
  const text = choices[0]?.text ?? "";
  return { ...head, choices, system_fingerprint: version, usage: usage(request, completionTokens), text };
}

/**
 * Turns tokens into server-sent events, one per token, framed as vLLM does: `data: {json}`, an empty line, `data: [DONE]`
 * at the end. The fingerprint is on the usage event when that was asked for, else on the last event of each choice.
 * Rejects when `tokens` does.
 */
export async function* answerEvents(
  head: AnswerHead,
  version: string,
  request: CompletionRequest,
  tokens: AsyncIterable<GeneratedToken>,
): AsyncGenerator<Uint8Array> {
  let completionTokens = 0;
  const fingerprint = { system_fingerprint: version };
  for await (const token of tokens) {
    completionTokens += 1;
    const choices = [choice(token.choice, token.text, token.finishReason)];
    const isLast = token.finishReason !== null && !request.includeUsage;
    yield event(JSON.stringify({ ...head, choices, ...(isLast && fingerprint) }));
  }
  if (request.includeUsage) {
    yield event(JSON.stringify({ ...head, choices: [], ...fingerprint, usage: usage(request, completionTokens) }));
  }
  yield event("[DONE]");
}

const event = (data: string): Uint8Array => Buffer.from(`data: ${data}\n\n`);
