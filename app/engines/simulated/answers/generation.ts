import type { EngineContext } from "../context.ts";
import type { GenerationRequest } from "../requests/generation-request.ts";
import { isGreedy, type Sampling } from "../requests/sampling.ts";
import type { Fault, Output, SequenceRequest } from "../scheduling/sequence.ts";
import { createAnswer, type Answer } from "../text/answer.ts";
import { createStopFilter } from "../text/stop-strings.ts";
import type { Prepared, PreparedPrompt } from "./prepare.ts";

/** Takes the outputs of a generation's choices. */
export type OnOutput = (choice: number, output: Output) => void;

/**
 * Begins to generate: choice `k` of prompt `p` has the number `p * n + k`. Outputs come in later turns of the event
 * loop. Returns what gives up all that is unfinished.
 */
export function generate(
  request: GenerationRequest,
  { adapter, prompts }: Prepared,
  fault: Fault | null,
  context: EngineContext,
  onOutput: OnOutput,
): () => void {
  const { n, minTokens, ignoreEnd, stops, includeStop } = request.sampling;
  const withdrawals = prompts.map((prompt, promptIndex) => {
    const sequences = Array.from({ length: n }, (_, k): SequenceRequest => {
      const choice = promptIndex * n + k;
      return {
        promptTokens: prompt.tokens,
        maxTokens: prompt.maxTokens,
        minTokens,
        ignoreEnd,
        answer: answerTo(prompt, request, k, adapter, context),
        stops: createStopFilter(stops, includeStop),
        adapter,
        fault,
        onOutput: (output) => {
          onOutput(choice, output);
        },
      };
    });
    return context.scheduler.submit(sequences);
  });
  return () => {
    for (const withdraw of withdrawals) withdraw();
  };
}

function answerTo(
  prompt: PreparedPrompt,
  request: GenerationRequest,
  k: number,
  adapter: string | null,
  { settings }: EngineContext,
): Answer {
  const isChat = request.question !== null;
  return createAnswer({
    key: [settings.seed, settings.version, adapter ?? settings.model, draw(request.sampling, k), prompt.text].join(
      "\n",
    ),
    question: request.question ?? prompt.text,
    indent: isChat || /\s$/.test(prompt.text) ? "" : " ",
    quality: settings.answerQualityPercent / 100,
  });
}

/** What makes one choice another than the next: as in vLLM, choice `k` of a seed is the first choice of `seed + k`. */
function draw(sampling: Sampling, k: number): string {
  if (isGreedy(sampling)) return "greedy";
  return sampling.seed === null ? `choice ${k}` : `seed ${sampling.seed + k}`;
}
