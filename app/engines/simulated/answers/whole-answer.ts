import { sendJson, type Call } from "../http/call.ts";
import { failed } from "../engine-error.ts";
import type { AnswerForm, WholeChoice } from "./answer-form.ts";
import type { Delivery } from "./delivery.ts";
import type { AnswerPlan } from "./plan.ts";
import { usageOf } from "./usage.ts";

/** Gathers all outputs, and answers when the last choice has ended. */
export function deliverWhole(call: Call, form: AnswerForm, plan: AnswerPlan): Delivery {
  const { response } = call;
  const choices = plan.choices.map(({ prefix }): WholeChoice => ({
    text: prefix,
    finishReason: "stop",
    stopReason: null,
  }));
  let completionTokens = 0;
  let unfinished = choices.length;
  const fail: Delivery["fail"] = (error) => {
    sendJson(call, error.status, error.body());
  };
  return {
    onOutput(index, { text, tokens, finishReason, stopReason }) {
      if (response.writableEnded || response.destroyed) return;
      completionTokens += tokens;
      const before = choices[index]?.text ?? "";
      const shown = plan.prefixOnly ? before : before + text;
      choices[index] = { text: shown, finishReason: finishReason ?? "stop", stopReason };
      if (finishReason === null) return;
      unfinished -= 1;
      if (finishReason === "error") fail(failed());
      else if (finishReason === "cut") response.destroy();
      else if (unfinished === 0) {
        sendJson(call, 200, form.whole(choices, usageOf(plan.promptTokens, completionTokens)));
      }
    },
    fail,
  };
}
