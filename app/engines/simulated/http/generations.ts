import type { AnswerForm, AnswerHead } from "../answers/answer-form.ts";
import { createChatForm } from "../answers/chat-form.ts";
import { createCompletionForm } from "../answers/completion-form.ts";
import { generate } from "../answers/generation.ts";
import { planAnswer } from "../answers/plan.ts";
import { prepare } from "../answers/prepare.ts";
import { deliverStream } from "../answers/stream-answer.ts";
import { deliverWhole } from "../answers/whole-answer.ts";
import type { EngineContext } from "../context.ts";
import { drawFailure } from "../failures.ts";
import { parseChatRequest } from "../requests/chat-request.ts";
import { parseCompletionRequest } from "../requests/completion-request.ts";
import type { GenerationRequest } from "../requests/generation-request.ts";
import { randomId, readJson, type Call } from "./call.ts";
import { failed, paused } from "../engine-error.ts";

/** `POST /v1/completions` */
export async function answerCompletion(call: Call, context: EngineContext): Promise<void> {
  answer(call, parseCompletionRequest(await readJson(call)), "cmpl", createCompletionForm, context);
}

/** `POST /v1/chat/completions` */
export async function answerChat(call: Call, context: EngineContext): Promise<void> {
  answer(call, parseChatRequest(await readJson(call)), "chatcmpl", createChatForm, context);
}

function answer(
  call: Call,
  request: GenerationRequest,
  idPrefix: string,
  createForm: (head: AnswerHead) => AnswerForm,
  context: EngineContext,
): void {
  const { settings } = context;
  const { response } = call;
  const prepared = prepare(request, context);
  context.acceptedRequests += 1;
  const failure = drawFailure(settings, context.acceptedRequests);
  if (failure?.kind === "refusal") throw failed();
  const form = createForm({
    id: `${idPrefix}-${answerId(call, request.requestId)}`,
    created: Math.floor(Date.now() / 1000),
    model: prepared.adapter ?? settings.model,
    fingerprint: settings.version,
  });
  const plan = planAnswer(request, prepared.prompts);
  const delivery = request.stream ? deliverStream(call, form, plan) : deliverWhole(call, form, plan);
  if (context.paused) delivery.fail(paused());
  // A client that left before would not be noticed any more.
  else if (!response.destroyed) response.on("close", generate(request, prepared, failure, context, delivery.onOutput));
}

/** What an answer's id is made of: the request's id where it has one, as a header or in its body. */
export const answerId = (call: Call, bodyId: string | null): string =>
  call.hasRequestId ? call.requestId : (bodyId ?? randomId());
