import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createStopFilter } from "../../../../app/engines/simulated/text/stop-strings.ts";
import { readChunks, readCompletion, start, textOf } from "./helpers.ts";

/** What vLLM's rules come to, told without a stream: the stop string that is complete first, by the token. */
function expected(tokens: readonly string[], stops: readonly string[], include: boolean) {
  let text = "";
  for (const [count, token] of tokens.entries()) {
    const before = text.length;
    text += token;
    const ends = stops
      .map((stop) => ({ stop, start: text.indexOf(stop, Math.max(0, before - stop.length + 1)) }))
      .filter(({ start }) => start !== -1)
      .map(({ stop, start }) => ({ stop, start, end: start + stop.length }));
    const end = Math.min(...ends.map((match) => match.end));
    const first = ends.find((match) => match.end === end);
    if (first !== undefined)
      return { text: text.slice(0, include ? end : first.start), stop: first.stop, tokens: count + 1 };
  }
  return { text, stop: null, tokens: tokens.length };
}

/** Feeds tokens to a filter, and tells what was shown after each. */
function feed(tokens: readonly string[], stops: readonly string[], include: boolean) {
  const filter = createStopFilter(stops, include);
  const shown: string[] = [];
  for (const token of tokens) {
    const { text, stop } = filter.push(token, true);
    shown.push(text);
    if (stop !== null) return { shown, stop, tokens: shown.length };
  }
  return { shown: [...shown, filter.rest()], stop: null, tokens: tokens.length };
}

describe("stop strings", () => {
  it("end an answer before them, wherever tokens begin and end", () => {
    // Few letters, so that many stop strings are found across tokens.
    const text = fc.string({ unit: fc.constantFrom("a", "b", " ", "😀"), minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        fc.array(text),
        fc.array(text, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        (tokens, stops, include) => {
          const { shown, stop, tokens: count } = feed(tokens, stops, include);
          expect({ text: shown.join(""), stop, tokens: count }).toEqual(expected(tokens, stops, include));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("never show half a character", () => {
    const { shown } = feed(["a😀", "😀b"], ["xyz"], false);
    expect(shown.map((text) => text.isWellFormed())).toEqual([true, true, true]);
  });

  it("hold text back only as long as it could begin one of them", () => {
    expect(feed(["abc", "def", "g"], ["xy"], false).shown).toEqual(["ab", "cde", "f", "g"]);
  });

  it("count only from then on when there is a least number of tokens", () => {
    const filter = createStopFilter(["b"], false);
    expect([filter.push("ab", false), filter.push("cb", true)]).toEqual([
      { text: "ab", stop: null },
      { text: "c", stop: "b" },
    ]);
  });

  it("end an answer and are named as its reason, in a stream and without", async () => {
    const { complete, text } = await start();
    const full = await text({ prompt: "hello" });
    const stop = full.slice(8, 15);
    const whole = await readCompletion(await complete({ prompt: "hello", stop: ["nothing", stop] }));
    expect(whole.choices[0]).toMatchObject({
      text: full.slice(0, full.indexOf(stop)),
      finish_reason: "stop",
      stop_reason: stop,
    });
    const chunks = await readChunks(await complete({ prompt: "hello", stop, stream: true }));
    expect(textOf(chunks)).toBe(full.slice(0, full.indexOf(stop)));
    expect(chunks.at(-1)?.choices[0]).toMatchObject({ finish_reason: "stop", stop_reason: stop });
    expect(chunks.length).toBe(whole.usage.completion_tokens);
    const included = await text({ prompt: "hello", stop, include_stop_str_in_output: true });
    expect(included).toBe(full.slice(0, full.indexOf(stop) + stop.length));
  });

  it("do not end an answer before min_tokens", async () => {
    const { complete } = await start();
    const { choices, usage } = await readCompletion(await complete({ prompt: "hello", stop: "e", min_tokens: 6 }));
    expect([choices[0]?.stop_reason, usage.completion_tokens > 6]).toEqual(["e", true]);
  });
});
