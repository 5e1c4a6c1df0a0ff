import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Engine, GenerationRequest } from "../../app/engines/engine.ts";
import { createSimulatedEngine } from "../../app/engines/simulated.ts";
import { testEngine } from "./helpers.ts";

const request: GenerationRequest = {
  prompts: ["hello"],
  promptTokens: 1,
  choicesPerPrompt: 1,
  maxTokens: 8,
  seed: undefined,
  ignoreEndOfText: false,
};

/** Text and finish reason of every choice. */
async function answers(engine: Engine, changes: Partial<GenerationRequest> = {}) {
  const texts: string[] = [];
  const reasons: (string | null)[] = [];
  for await (const token of engine.generate({ ...request, ...changes }, AbortSignal.timeout(10_000))) {
    texts[token.choice] = (texts[token.choice] ?? "") + token.text;
    reasons[token.choice] = token.finishReason;
  }
  return { texts, reasons };
}

describe("the simulated engine", () => {
  it("gives the same text again, in another process too", async () => {
    const text = " bright holds slowly bright signal here carries gentle";
    expect((await answers(testEngine())).texts).toEqual([text]);
  });

  it("gives another text to another version, seed, prompt or choice", async () => {
    const v2 = createSimulatedEngine({ version: "v2", timeToFirstTokenMs: 0, interTokenLatencyMs: 0 });
    const texts = [
      await answers(testEngine()),
      await answers(v2),
      await answers(testEngine(), { seed: 0 }),
      await answers(testEngine(), { seed: 1 }),
      await answers(testEngine(), { prompts: ["hello!", "bye"], choicesPerPrompt: 2 }),
    ].flatMap((answer) => answer.texts);
    expect(new Set(texts).size).toBe(8);
  });

  it("answers prompt p's choice k like that prompt alone", async () => {
    const both = await answers(testEngine(), { prompts: ["a", "b"], choicesPerPrompt: 2 });
    const alone = await answers(testEngine(), { prompts: ["b"], choicesPerPrompt: 2 });
    expect(both.texts.slice(2)).toEqual(alone.texts);
  });

  it("ends with length at max_tokens and with stop at its own end", async () => {
    expect((await answers(testEngine(), { maxTokens: 31 })).reasons).toEqual(["length"]);
    const { texts, reasons } = await answers(testEngine(), { maxTokens: 257 });
    expect(reasons).toEqual(["stop"]);
    expect(testEngine().countTokens(texts[0] ?? "")).toBeLessThanOrEqual(256);
    const forced = await answers(testEngine(), { maxTokens: 300, ignoreEndOfText: true });
    expect(forced.reasons).toEqual(["length"]);
  });

  it("counts its own output as it counts a prompt", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1 }), fc.integer({ min: 1, max: 300 }), async (prompt, maxTokens) => {
        const { texts, reasons } = await answers(testEngine(), { prompts: [prompt], maxTokens });
        const count = testEngine().countTokens(texts[0] ?? "");
        expect(reasons[0] === "length" ? count === maxTokens : count <= maxTokens).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    ["a", 1],
    ["two words", 2],
    ["  many\n\n spaces\t here ", 3],
    [" ", 1],
  ])("counts %j as %i", (text, count) => {
    expect(testEngine().countTokens(text)).toBe(count);
  });

  it("waits as long as it is told", async () => {
    const engine = createSimulatedEngine({ version: "v1", timeToFirstTokenMs: 60, interTokenLatencyMs: 30 });
    const startedAt = performance.now();
    const times: number[] = [];
    const tokens = engine.generate({ ...request, maxTokens: 3 }, AbortSignal.timeout(10_000));
    for await (const { finishReason } of tokens) {
      times.push(performance.now() - startedAt);
      expect(finishReason).toBe(times.length === 3 ? "length" : null);
    }
    // Node's timers may fire up to a millisecond early.
    expect(times.map((time, step) => time >= 60 + 30 * step - 2)).toEqual([true, true, true]);
  });

  it("rejects at once when its signal aborts, even in a long wait", async () => {
    const engine = createSimulatedEngine({ version: "v1", timeToFirstTokenMs: 60_000, interTokenLatencyMs: 0 });
    const tokens = engine.generate(request, AbortSignal.timeout(10))[Symbol.asyncIterator]();
    await expect(tokens.next()).rejects.toThrow("aborted");
  });
});
