import { admit, readPrompt, type ReadPrompt } from "../answers/prepare.ts";
import type { EngineContext } from "../context.ts";
import { drawFailure } from "../failures.ts";
import { parseEmbeddingRequest, type EmbeddingRequest } from "../requests/embedding-request.ts";
import type { Output, SequenceRequest } from "../scheduling/sequence.ts";
import { embed } from "../text/embedding.ts";
import { createStopFilter } from "../text/stop-strings.ts";
import { readJson, sendJson, type Call } from "./call.ts";
import { failed, paused, unacceptable } from "../engine-error.ts";
import { answerId } from "./generations.ts";

/** `POST /v1/embeddings`; of the failures only the one before any answer happens to it. */
export async function answerEmbeddings(call: Call, context: EngineContext): Promise<void> {
  const request = parseEmbeddingRequest(await readJson(call));
  const { settings } = context;
  const adapter = context.adapters.resolve(request.model);
  const model = adapter ?? settings.model;
  admit(request.prompts.length, context);
  if (request.dimensions !== null) throw fixedLength(model);
  const prompts = request.prompts.map((prompt) => readPrompt(prompt, context.vocabulary, settings.maxModelLength));
  context.acceptedRequests += 1;
  if (drawFailure(settings, context.acceptedRequests)?.kind === "refusal") throw failed();
  if (context.paused) throw paused();
  if (call.response.destroyed) return;
  compute(call, prompts, adapter, context, () => {
    const id = `embd-${answerId(call, request.requestId)}`;
    sendJson(call, 200, { id, ...embeddings(request, prompts, model, settings.seed) });
  });
}

/** Lets the prompts take their places in the batch; calls `complete` when all have been computed. */
function compute(
  call: Call,
  prompts: readonly ReadPrompt[],
  adapter: string | null,
  context: EngineContext,
  complete: () => void,
): void {
  const { response } = call;
  let uncomputed = prompts.length;
  const onOutput = ({ finishReason }: Output): void => {
    if (response.writableEnded || response.destroyed) return;
    uncomputed -= 1;
    if (finishReason !== "stop") sendJson(call, failed().status, failed().body());
    else if (uncomputed === 0) complete();
  };
  for (const { tokens } of prompts)
    response.on("close", context.scheduler.submit([prefill(tokens, adapter, onOutput)]));
}

const prefill = (
  promptTokens: number,
  adapter: string | null,
  onOutput: (output: Output) => void,
): SequenceRequest => ({
  promptTokens,
  maxTokens: 0,
  minTokens: 0,
  ignoreEnd: false,
  answer: { next: () => null },
  stops: createStopFilter([], false),
  adapter,
  fault: null,
  onOutput,
});

function embeddings(request: EmbeddingRequest, prompts: readonly ReadPrompt[], model: string, seed: number) {
  const tokens = prompts.reduce((sum, prompt) => sum + prompt.tokens, 0);
  return {
    object: "list",
    created: Math.floor(Date.now() / 1000),
    model,
    data: prompts.map(({ text }, index) => {
      const vector = embed(model, seed, text);
      return { index, object: "embedding", embedding: request.encoding === "float" ? [...vector] : base64(vector) };
    }),
    usage: {
      prompt_tokens: tokens,
      total_tokens: tokens,
      completion_tokens: 0,
      prompt_tokens_details: null,
      completion_tokens_details: null,
    },
  };
}

function base64(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [place, value] of vector.entries()) bytes.writeFloatLE(value, place * 4);
  return bytes.toString("base64");
}

const fixedLength = (model: string): Error =>
  unacceptable(
    `Model "${model}" does not support matryoshka representation, changing output dimensions will lead to poor results.`,
  );
