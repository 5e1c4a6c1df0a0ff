import { connect } from "node:net";
import { text as readText } from "node:stream/consumers";
import OpenAI from "openai";
import { describe, expect, it } from "vitest";
import { readChunks, readCompletion, start, textOf } from "./helpers.ts";

const withoutTime = (body: string): string => body.replaceAll(/"created":\d+/g, '"created":0');

describe("POST /v1/completions", () => {
  it("answers with vLLM's fields in vLLM's order", async () => {
    const { complete } = await start();
    const response = await complete({ prompt: "hello", max_tokens: 2 }, { headers: { "x-request-id": "abc" } });
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(withoutTime(await response.text())).toBe(
      '{"id":"cmpl-abc","object":"text_completion","created":0,"model":"m","choices":[{"index":0,"text":" What matters",' +
        '"logprobs":null,"finish_reason":"length","stop_reason":null,"token_ids":null,"prompt_logprobs":null,' +
        '"prompt_token_ids":null,"routed_experts":null,"weight_versions":null}],"service_tier":null,' +
        '"system_fingerprint":"v1","usage":{"prompt_tokens":1,"total_tokens":3,"completion_tokens":2,' +
        '"prompt_tokens_details":null,"completion_tokens_details":null},"kv_transfer_params":null,' +
        '"ec_transfer_params":null,"metrics":null}',
    );
  });

  it("streams vLLM's bytes, a token a chunk", async () => {
    const { complete } = await start();
    const response = await complete(
      { prompt: "hello", max_tokens: 2, stream: true },
      { headers: { "x-request-id": "abc" } },
    );
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    const chunk = (text: string, reason: string, fingerprint: string): string =>
      'data: {"id":"cmpl-abc","object":"text_completion","created":0,"model":"m","choices":[{"index":0,' +
      `"text":"${text}","logprobs":null,"finish_reason":${reason},"stop_reason":null,"prompt_token_ids":null,` +
      `"token_ids":null,"weight_versions":null}]${fingerprint},"kv_transfer_params":null}\n\n`;
    expect(withoutTime(await response.text())).toBe(
      chunk(" What", "null", "") + chunk(" matters", '"length"', ',"system_fingerprint":"v1"') + "data: [DONE]\n\n",
    );
  });

  it("ends a stream with its usage when asked, and moves the fingerprint there", async () => {
    const { complete } = await start();
    const body = { prompt: "hello", max_tokens: 2, stream: true, stream_options: { include_usage: true } };
    const events = (await (await complete(body)).text()).split("\n\n");
    expect(events.slice(0, 2).filter((event) => /usage|fingerprint/.test(event))).toEqual([]);
    expect(events[2]).toMatch(/"choices":\[\],"usage":\{"prompt_tokens":1,"total_tokens":3,"completion_tokens":2\}/);
    expect(events[2]).toMatch(/"system_fingerprint":"v1"\}$/);
  });

  it("puts the usage so far into each chunk when asked", async () => {
    const { complete } = await start();
    const stream_options = { include_usage: true, continuous_usage_stats: true };
    const chunks = await readChunks(await complete({ prompt: "hello", max_tokens: 3, stream: true, stream_options }));
    expect(chunks.map(({ usage }) => usage.completion_tokens)).toEqual([1, 2, 3, 3]);
  });

  it("ends with stop at the text's own end, whose token has no text but counts", async () => {
    const { complete } = await start();
    const chunks = await readChunks(await complete({ prompt: "hello", max_tokens: 1000, stream: true }));
    const last = chunks.at(-1)?.choices[0];
    expect([last?.text, last?.finish_reason, last?.stop_reason]).toEqual(["", "stop", null]);
    const whole = await readCompletion(await complete({ prompt: "hello", max_tokens: 1000 }));
    expect(whole.choices[0]?.text).toBe(textOf(chunks));
    expect(whole.usage.completion_tokens).toBe(chunks.length);
  });

  it("goes on after that with ignore_eos, and before min_tokens", async () => {
    const { complete } = await start();
    const forced = await readCompletion(await complete({ prompt: "hello", max_tokens: 700, ignore_eos: true }));
    expect([forced.choices[0]?.finish_reason, forced.usage.completion_tokens]).toEqual(["length", 700]);
    const own = await readCompletion(await complete({ prompt: "hello", max_tokens: 1000 }));
    const words = own.usage.completion_tokens - 1;
    const withLeast = async (min_tokens: number) =>
      readCompletion(await complete({ prompt: "hello", max_tokens: 1000, min_tokens }));
    expect((await withLeast(words)).choices).toEqual(own.choices);
    const longer = await withLeast(words + 1);
    expect(longer.choices[0]?.text.startsWith(`${own.choices[0]?.text ?? ""}\n\n`)).toBe(true);
    expect(longer.choices[0]?.finish_reason).toBe("stop");
  });

  it("numbers the choices of several prompts through, each like that prompt alone", async () => {
    const { complete } = await start();
    const both = await readCompletion(await complete({ prompt: ["one", "two"], n: 2 }));
    const alone = await readCompletion(await complete({ prompt: "two", n: 2 }));
    expect(both.choices.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    expect(both.choices.slice(2).map(({ text }) => text)).toEqual(alone.choices.map(({ text }) => text));
    expect(both.usage).toMatchObject({ prompt_tokens: 2, completion_tokens: 64, total_tokens: 66 });
    const chunks = await readChunks(await complete({ prompt: ["one", "two"], n: 2, stream: true }));
    expect([0, 1, 2, 3].map((index) => textOf(chunks, index))).toEqual(both.choices.map(({ text }) => text));
  });

  it("repeats the prompt with echo, and only that without tokens", async () => {
    const { text, complete } = await start();
    const answer = await text({ prompt: "hello" });
    expect(await text({ prompt: "hello", echo: true })).toBe(`hello${answer}`);
    expect(await text({ prompt: "hello", echo: true, max_tokens: 0 })).toBe("hello");
    const chunks = await readChunks(await complete({ prompt: "hello", echo: true, stream: true, max_tokens: 2 }));
    expect(chunks.map(({ choices }) => choices[0]?.text)).toEqual(["hello What", " matters"]);
  });

  it("takes token ids", async () => {
    const { post, text, complete } = await start();
    const { tokens } = (await (await post("/tokenize", { prompt: "hello world" })).json()) as { tokens: number[] };
    expect(await text({ prompt: tokens })).toBe(await text({ prompt: "hello world" }));
    const several = await readCompletion(await complete({ prompt: [tokens, [7]] }));
    expect(several.usage.prompt_tokens).toBe(3);
  });

  it("says where an answer comes from: the request's id, else the body's, else one of its own", async () => {
    const { complete } = await start();
    const named = await complete({ prompt: "a", request_id: "b" }, { headers: { "x-request-id": "h" } });
    expect([named.headers.get("x-request-id"), (await readCompletion(named)).id]).toEqual(["h", "cmpl-h"]);
    expect((await readCompletion(await complete({ prompt: "a", request_id: "b" }))).id).toBe("cmpl-b");
    const nameless = await complete({ prompt: "a" });
    expect(nameless.headers.get("x-request-id")).toMatch(/^[0-9a-f]{32}$/);
    expect((await readCompletion(nameless)).id).toMatch(/^cmpl-[0-9a-f]{32}$/);
  });

  it("puts a slow client's tokens together and loses none", async () => {
    const { origin, complete } = await start({ maxModelLength: 10_000 });
    const body = { prompt: "hello", n: 6, max_tokens: 8000, ignore_eos: true };
    const socket = connect(Number(new URL(origin).port), "127.0.0.1");
    const json = JSON.stringify({ ...body, stream: true });
    const head = ["POST /v1/completions HTTP/1.1", "host: e", "content-type: application/json", "connection: close"];
    socket.pause();
    socket.write(`${head.join("\r\n")}\r\ncontent-length: ${json.length}\r\n\r\n${json}`);
    // The whole answer comes no earlier than the engine is through with the stream, for which it is the same work.
    const whole = await readCompletion(await complete(body));
    const stream = await readText(socket);
    const texts = whole.choices.map(() => "");
    const chunks = stream.split("\n").filter((line) => line.startsWith('data: {"id"'));
    for (const chunk of chunks) {
      const choice = (JSON.parse(chunk.slice("data: ".length)) as typeof whole).choices[0];
      if (choice !== undefined) texts[choice.index] = (texts[choice.index] ?? "") + choice.text;
    }
    expect(texts).toEqual(whole.choices.map(({ text }) => text));
    expect(chunks.length).toBeLessThan(6 * 8000);
  });

  it("suits OpenAI's own client", async () => {
    const { origin } = await start();
    const client = new OpenAI({ baseURL: `${origin}/v1`, apiKey: "none" });
    const stream = await client.chat.completions.create({
      model: "m",
      messages: [{ role: "user", content: "What is a mesh?" }],
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = "";
    let tokens: number | undefined;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
      tokens = chunk.usage?.completion_tokens ?? tokens;
    }
    const whole = await client.chat.completions.create({
      model: "m",
      messages: [{ role: "user", content: "What is a mesh?" }],
    });
    expect([text, tokens]).toEqual([whole.choices[0]?.message.content, whole.usage?.completion_tokens]);
  });
});
