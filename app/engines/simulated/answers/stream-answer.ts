import type { Call } from "../http/call.ts";
import { failed } from "../engine-error.ts";
import type { Output } from "../scheduling/sequence.ts";
import type { AnswerForm } from "./answer-form.ts";
import type { Delivery } from "./delivery.ts";
import type { AnswerPlan } from "./plan.ts";
import { createStreamEvents } from "./stream-events.ts";

/**
 * Sends each output at once as a server-sent event; as in vLLM the status goes out before there is any. While the client
 * is slower than the engine, all outputs of a choice are put together into one.
 */
export function deliverStream(call: Call, form: AnswerForm, plan: AnswerPlan): Delivery {
  const { response } = call;
  const events = createStreamEvents(form, plan);
  const pending = new Map<number, Output>();
  let unfinished = plan.choices.length;
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "x-request-id": call.requestId });
  response.flushHeaders();
  response.on("drain", flush);

  const fail: Delivery["fail"] = (error) => {
    response.end(events.fail(error));
  };
  function flush(): void {
    for (const [index, output] of pending) {
      if (response.writableNeedDrain || response.writableEnded || response.destroyed) return;
      pending.delete(index);
      send(index, output);
    }
  }
  function send(index: number, output: Output): void {
    if (output.finishReason === "cut") response.destroy();
    else if (output.finishReason === "error") fail(failed());
    else {
      if (output.finishReason !== null) unfinished -= 1;
      const text = events.next(index, output);
      if (unfinished === 0) response.end(text + events.end());
      else response.write(text);
    }
  }
  return {
    onOutput(index, output) {
      const earlier = pending.get(index);
      pending.set(index, earlier === undefined ? output : join(earlier, output));
      flush();
    },
    fail,
  };
}

const join = (earlier: Output, later: Output): Output => ({
  ...later,
  text: earlier.text + later.text,
  tokens: earlier.tokens + later.tokens,
});
