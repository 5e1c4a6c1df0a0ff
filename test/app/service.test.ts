import { connect } from "node:net";
import { text } from "node:stream/consumers";
import OpenAI from "openai";
import { describe, expect, it } from "vitest";
import { serve } from "./helpers.ts";

async function client(): Promise<OpenAI> {
  const { url } = await serve();
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: "unused", maxRetries: 0 });
}

describe("through the official client", () => {
  it("completes", async () => {
    const completion = await (await client()).completions.create({ model: "m", prompt: "hello", max_tokens: 3 });
    expect(completion.choices[0]).toMatchObject({ index: 0, text: " bright holds slowly", finish_reason: "length" });
    expect(completion.usage).toEqual({ prompt_tokens: 1, total_tokens: 4, completion_tokens: 3 });
    expect(completion.system_fingerprint).toBe("v1");
  });

  it("streams the same text", async () => {
    const request = { model: "m", prompt: "hello", max_tokens: 3, stream_options: { include_usage: true } } as const;
    const stream = await (await client()).completions.create({ ...request, stream: true });
    const texts: string[] = [];
    let usage: unknown;
    for await (const chunk of stream) {
      texts.push(chunk.choices[0]?.text ?? "");
      usage = chunk.usage;
    }
    expect(texts).toEqual([" bright", " holds", " slowly", ""]);
    expect(usage).toEqual({ prompt_tokens: 1, total_tokens: 4, completion_tokens: 3 });
  });

  it("lists models", async () => {
    const { data } = await (await client()).models.list();
    expect(data.map(({ id, object }) => ({ id, object }))).toEqual([{ id: "m", object: "model" }]);
  });

  it("raises NotFoundError for an unknown model and path", async () => {
    const { completions, chat } = await client();
    const unknownModel = completions.create({ model: "x", prompt: "hello" });
    await expect(unknownModel).rejects.toThrow(OpenAI.NotFoundError);
    await expect(unknownModel).rejects.toMatchObject({
      status: 404,
      message: "404 The model `x` does not exist.",
      type: "NotFoundError",
      param: "model",
      code: 404,
    });
    await expect(chat.completions.create({ model: "m", messages: [] })).rejects.toThrow(OpenAI.NotFoundError);
  });

  it("raises BadRequestError for a bad value", async () => {
    const refused = (await client()).completions.create({ model: "m", prompt: "hello", max_tokens: 0 });
    await expect(refused).rejects.toThrow(OpenAI.BadRequestError);
    await expect(refused).rejects.toMatchObject({ param: "max_tokens", type: "BadRequestError" });
  });
});

describe("x-model-version", () => {
  it.each([
    ["GET", "/health", null, 200],
    ["GET", "/ready", null, 200],
    ["GET", "/v1/models", null, 200],
    ["POST", "/v1/completions", '{"prompt":"a"}', 200],
    ["POST", "/v1/completions", '{"prompt":"a","stream":true}', 200],
    ["POST", "/v1/completions", "{", 400],
    ["POST", "/v1/completions", '{"model":"x"}', 404],
    ["GET", "/v1/completions", null, 405],
    ["POST", "/v1/completions", " ".repeat(10_485_761), 413],
    ["GET", "/nowhere", null, 404],
  ])("is on the answer to %s %s", async (method, path, body, status) => {
    const { url } = await serve();
    const response = await fetch(url + path, { method, body });
    await response.text();
    expect([response.status, response.headers.get("x-model-version")]).toEqual([status, "v1"]);
  });

  it.each([
    ["GET / HTTP/1.1\r\nconnection: close\r\n\r\n", "HTTP/1.1 400 Bad Request"],
    ["GET / HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n", "HTTP/1.1 400 Bad Request"],
    ["no http at all\r\n\r\n", "HTTP/1.1 400 Bad Request"],
    [`GET / HTTP/1.1\r\nx: ${"x".repeat(20_000)}\r\n\r\n`, "HTTP/1.1 431 Request Header Fields Too Large"],
  ])("is on the answer to a broken request %#", async (bytes, statusLine) => {
    const { port } = await serve();
    const socket = connect(port, "127.0.0.1");
    socket.write(bytes);
    const [head = ""] = (await text(socket)).split("\r\n\r\n");
    expect(head.split("\r\n")[0]).toBe(statusLine);
    expect(head.toLowerCase()).toContain("\r\nx-model-version: v1");
  });
});
