import { describe, expect, it } from "vitest";
import { start } from "./helpers.ts";

interface Embeddings {
  readonly data: readonly { readonly index: number; readonly object: string; readonly embedding: readonly number[] }[];
  readonly usage: object;
}

const product = (a: readonly number[] = [], b: readonly number[] = []): number =>
  a.reduce((sum, value, place) => sum + value * (b[place] ?? NaN), 0);

describe("POST /v1/embeddings", () => {
  it("answers with unit vectors, near each other for texts that share words", async () => {
    const { post } = await start();
    const input = ["apple trees in winter", "apple trees in summer", "a lecture on databases"];
    const response = await post("/v1/embeddings", { input }, { headers: { "x-request-id": "abc" } });
    const body = (await response.json()) as Embeddings;
    expect(body).toMatchObject({
      id: "embd-abc",
      object: "list",
      model: "m",
      usage: { prompt_tokens: 12, total_tokens: 12, completion_tokens: 0 },
    });
    expect(body.data.map(({ index, object }) => [index, object])).toEqual([
      [0, "embedding"],
      [1, "embedding"],
      [2, "embedding"],
    ]);
    const [first, similar, other] = body.data.map(({ embedding }) => embedding);
    expect(product(first, first)).toBeCloseTo(1, 5);
    expect(product(first, similar)).toBeGreaterThan(product(first, other));
    const again = (await (await (await start()).post("/v1/embeddings", { input: input[0] })).json()) as Embeddings;
    expect(again.data[0]?.embedding).toEqual(first);
  });

  it("writes the same numbers as base64", async () => {
    const { post } = await start();
    const read = async (encoding_format: string): Promise<unknown> => {
      const response = await post("/v1/embeddings", { input: "a", encoding_format });
      return ((await response.json()) as { data: { embedding: unknown }[] }).data[0]?.embedding;
    };
    const bytes = Buffer.from(String(await read("base64")), "base64");
    const numbers = Array.from({ length: bytes.length / 4 }, (_, place) => bytes.readFloatLE(place * 4));
    expect(numbers).toEqual(await read("float"));
  });

  it("refuses another length of vector, as vLLM does for most models", async () => {
    const { post } = await start();
    const response = await post("/v1/embeddings", { input: "a", dimensions: 8 });
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining("matryoshka")]);
  });
});

describe("POST /tokenize and /detokenize", () => {
  it("give a text's tokens and the text of tokens", async () => {
    const { post } = await start({ maxModelLength: 100 });
    const tokenized = await (await post("/tokenize", { prompt: "It works, twice.", return_token_strs: true })).json();
    expect(tokenized).toMatchObject({ count: 5, max_model_len: 100, token_strs: ["It", " works", ",", " twice", "."] });
    const { tokens } = tokenized as { tokens: number[] };
    expect(await (await post("/detokenize", { tokens })).json()).toEqual({ prompt: "It works, twice." });
  });

  it("number tokens alike on every engine, and make up a word for a number that was never seen", async () => {
    const [one, other] = [await start(), await start()];
    const first = (await (await one.post("/tokenize", { prompt: "alike" })).json()) as { tokens: number[] };
    const second = (await (await other.post("/tokenize", { prompt: "alike" })).json()) as { tokens: number[] };
    expect(first.tokens).toEqual(second.tokens);
    expect(await (await one.post("/detokenize", { tokens: [7] })).json()).toEqual({ prompt: " t7" });
  });

  it("count the messages of a chat as its prompt is counted", async () => {
    const { post } = await start();
    const messages = [{ role: "user", content: "Tell me about gardens" }];
    const { count } = (await (await post("/tokenize", { messages })).json()) as { count: number };
    const answer = await (await post("/v1/chat/completions", { messages, max_tokens: 1 })).json();
    expect(answer).toMatchObject({ usage: { prompt_tokens: count } });
  });
});

describe("the routes for operators", () => {
  it("say that the engine is well, and as what it behaves", async () => {
    const { origin } = await start();
    const health = await fetch(`${origin}/health`);
    expect([health.status, await health.text()]).toEqual([200, ""]);
    expect(await (await fetch(`${origin}/version`)).json()).toEqual({ version: "0.33.0" });
  });
});
