import type { EngineError } from "../engine-error.ts";
import type { Output } from "../scheduling/sequence.ts";
import type { AnswerForm } from "./answer-form.ts";
import type { AnswerPlan } from "./plan.ts";
import { usageOf } from "./usage.ts";

const DONE = "data: [DONE]\n\n";
const event = (data: string): string => `data: ${data}\n\n`;

/** Writes one answer as server-sent events. */
export interface StreamEvents {
  /** The events of a choice's output, with what comes before the very first. */
  next(index: number, output: Output): string;
  /** The events after the last choice has ended. */
  end(): string;
  /** The events that end the stream with an error. */
  fail(error: EngineError): string;
}

/** Begins the events of one answer. */
export function createStreamEvents(form: AnswerForm, plan: AnswerPlan): StreamEvents {
  const { choices, includeUsage, continuousUsage } = plan;
  const generated = choices.map(() => 0);
  const prefixes = choices.map(({ prefix }) => prefix);
  let hasBegun = false;
  const usageSoFar = (index: number) =>
    continuousUsage ? usageOf(choices[index]?.promptTokens ?? 0, generated[index] ?? 0) : null;
  const openings = (): string => {
    if (hasBegun) return "";
    hasBegun = true;
    return choices
      .flatMap((_, index) => form.opening(index, usageSoFar(index)) ?? [])
      .map(event)
      .join("");
  };
  return {
    next(index, { text, tokens, finishReason, stopReason }) {
      const before = openings();
      const prefix = prefixes[index] ?? "";
      prefixes[index] = "";
      const shown = plan.prefixOnly ? prefix : prefix + text;
      const count = (generated[index] ?? 0) + tokens;
      generated[index] = count;
      const content = {
        index,
        text: shown,
        isEmpty: shown === "" && count === 0,
        finishReason,
        stopReason,
        usage: usageSoFar(index),
        hasFingerprint: finishReason !== null && !includeUsage,
      };
      return before + event(form.chunk(content));
    },
    end() {
      const completionTokens = generated.reduce((sum, tokens) => sum + tokens, 0);
      return (includeUsage ? event(form.usage(usageOf(plan.promptTokens, completionTokens))) : "") + DONE;
    },
    fail: (error) => event(form.error(error)) + DONE,
  };
}
