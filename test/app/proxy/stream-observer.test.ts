import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createStreamObserver } from "../../../app/proxy/stream-observer.ts";

const chunk = (text: string, more: object = {}, index = 0): string =>
  `data: ${JSON.stringify({
    id: "cmpl-1",
    object: "text_completion",
    choices: [{ index, text, logprobs: null, finish_reason: null, stop_reason: null, ...more }],
  })}`;

function observe(events: readonly string[]) {
  let firsts = 0;
  const gaps: number[] = [];
  const observer = createStreamObserver({
    firstToken: () => (firsts += 1),
    token: (milliseconds) => gaps.push(milliseconds),
  });
  for (const event of events) observer.event(event);
  const { outcome, done, usage } = observer;
  return { outcome, done, usage, firsts, gaps: gaps.length };
}

describe("a stream that is observed", () => {
  it("counts tokens by chunks where the engine does not report them", () => {
    expect(observe([chunk("a"), chunk("b"), chunk("c", { finish_reason: "stop" }), "data: [DONE]"])).toEqual({
      outcome: "ok",
      done: true,
      usage: { promptTokens: null, completionTokens: 3 },
      firsts: 1,
      gaps: 2,
    });
  });

  it("believes the engine's usage, also when it comes with every chunk", () => {
    const usage = (completion: number) =>
      JSON.stringify({ prompt_tokens: 7, total_tokens: 9, completion_tokens: completion });
    const last = `data: {"choices":[],"usage":${usage(5)}}`;
    expect(observe([chunk("a"), last]).usage).toEqual({ promptTokens: 7, completionTokens: 5 });
    const running = `data: {"choices":[{"index":0,"text":"a","finish_reason":null}],"usage":${usage(1)}}`;
    expect(observe([running, last]).usage).toEqual({ promptTokens: 7, completionTokens: 5 });
  });

  it("takes the role that a chat begins with for the first answer, not for a token", () => {
    const delta = (content: object) =>
      `data: ${JSON.stringify({ choices: [{ index: 0, delta: content, finish_reason: null }] })}`;
    const { usage, firsts, gaps } = observe([
      delta({ role: "assistant", content: "" }),
      delta({ content: "a" }),
      delta({ content: "b" }),
    ]);
    expect({ usage, firsts, gaps }).toEqual({ usage: { promptTokens: null, completionTokens: 2 }, firsts: 1, gaps: 1 });
  });

  it("measures the gaps of each choice by itself", () => {
    expect(observe([chunk("a"), chunk("b", {}, 1), chunk("c"), chunk("d", {}, 1)]).gaps).toBe(2);
  });

  it.each([
    ['data: {"error":{"message":"CUDA out of memory","type":"InternalServerError","param":null,"code":500}}'],
    ['data: {"error": {"message": "x"}}'],
    ['data: {"object":"error","message":"x"}'],
    ['event: error\ndata: {"type":"error","error":{"type":"overloaded_error"}}'],
    ['event: response.failed\ndata: {"type":"response.failed"}'],
  ])("sees the failure in %s", (event) => {
    expect(observe([chunk("a"), event, "data: [DONE]"])).toMatchObject({ outcome: "stream_error", done: true });
  });

  it("sees that the engine gave up", () => {
    expect(observe([chunk("a"), chunk("", { finish_reason: "abort" })]).outcome).toBe("stream_abort");
  });

  it("is not misled by what the answer's text says", () => {
    const hostile = fc.constantFrom(
      '"finish_reason":"abort"',
      'data: {"error":{}}',
      '"usage":{',
      '\\"finish_reason\\": \\"abort\\"',
      "[DONE]",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(hostile, fc.string())), (texts) => {
        const result = observe(texts.map((text) => chunk(text)));
        expect(result).toMatchObject({ outcome: "ok", done: false, usage: { completionTokens: texts.length } });
      }),
    );
  });
});
