import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countTokens, splitTokens } from "../../../../app/engines/simulated/text/tokens.ts";
import { readCompletion, start } from "./helpers.ts";

const question = { prompt: "How do I prune apple trees in winter?", max_tokens: 500 };

describe("the text of an answer", () => {
  it("is the same from every engine of a version and a seed", async () => {
    const one = await start();
    const other = await start();
    expect(await one.text({ prompt: "hello", max_tokens: 12 })).toBe(
      " What matters most here is the question, and after it hello",
    );
    expect(await other.text(question)).toBe(await one.text(question));
  });

  it("is another for another version, seed, adapter, prompt, request seed or choice", async () => {
    const v1 = await start({ loraAdapters: ["tuned"] });
    const v2 = await start({ version: "v2" });
    const seeded = await start({ seed: 1 });
    const choices = (await readCompletion(await v1.complete({ ...question, n: 2 }))).choices.map(({ text }) => text);
    const texts = [
      ...choices,
      await v2.text(question),
      await seeded.text(question),
      await v1.text({ ...question, model: "tuned" }),
      await v1.text({ ...question, seed: 0 }),
      await v1.text({ ...question, seed: 1 }),
      await v1.text({ ...question, temperature: 0 }),
    ];
    expect(new Set(texts).size).toBe(texts.length);
  });

  it("does not depend on the request's seed when it is greedy", async () => {
    const { text } = await start();
    const greedy = { ...question, temperature: 0 };
    expect(await text({ ...greedy, seed: 1 })).toBe(await text({ ...greedy, seed: 2 }));
  });

  it("gives choice k of a seed what the seed k higher gives", async () => {
    const { complete, text } = await start();
    const { choices } = await readCompletion(await complete({ ...question, seed: 5, n: 2 }));
    expect(choices[1]?.text).toBe(await text({ ...question, seed: 6 }));
  });

  it("picks up what the prompt is about, in whole and different sentences", async () => {
    const { text } = await start();
    const answer = await text(question);
    const sentences = answer.trim().split(/(?<=\.) /);
    expect(answer).toMatch(/prune|apple|trees|winter/);
    expect(sentences.every((sentence) => /^[A-Z].*\.$/.test(sentence))).toBe(true);
    expect(new Set(sentences).size).toBe(sentences.length);
  });

  it("is off topic, repetitive and cut short without any quality", async () => {
    const { text } = await start({ answerQualityPercent: 0 });
    const answer = await text(question);
    const good = await (await start()).text(question);
    expect(answer).not.toMatch(/prune|apple|trees|winter|[.!?]$/);
    expect(answer.length).toBeLessThan(good.length);
    const words = answer.split(" ");
    expect(new Set(words).size).toBeLessThan(words.length);
  });

  it("is in part good with some quality", async () => {
    const { text } = await start({ answerQualityPercent: 50 });
    const answers = await Promise.all(Array.from({ length: 40 }, (_, seed) => text({ ...question, seed })));
    const onTopic = answers.filter((answer) => /prune|apple|trees|winter/.test(answer)).length;
    const cut = answers.filter((answer) => !answer.endsWith(".")).length;
    expect([onTopic > 20, onTopic < 40, cut > 5, cut < 35]).toEqual([true, true, true, true]);
  });

  it("counts as many tokens as are asked for, also when it comes back as a prompt", async () => {
    const { complete, post } = await start();
    await fc.assert(
      fc.asyncProperty(
        fc.string({ minLength: 1, unit: "grapheme" }),
        fc.integer({ min: 1, max: 200 }),
        async (prompt, max_tokens) => {
          const { choices, usage } = await readCompletion(await complete({ prompt, max_tokens }));
          const [choice] = choices;
          const { count } = (await (await post("/tokenize", { prompt: choice?.text })).json()) as { count: number };
          expect(usage.completion_tokens).toBe(choice?.finish_reason === "stop" ? count + 1 : count);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe("a token", () => {
  it("is a word or a character with the white space before it", () => {
    expect(splitTokens("It's  well-known,\nisn't it? ")).toEqual([
      "It's",
      "  well",
      "-",
      "known",
      ",",
      "\nisn't",
      " it",
      "?",
      " ",
    ]);
  });

  it("is never lost: the tokens are the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(splitTokens(text).join("")).toBe(text);
        expect(countTokens(text) === 0).toBe(text === "");
      }),
    );
  });
});
