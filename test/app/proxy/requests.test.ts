import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { post, prompt, recording, refusal, scriptedEngine, serve } from "../helpers.ts";

describe("a request on its way to the engine", () => {
  it("arrives byte for byte, with the client's headers and an id", async () => {
    const { engine, asked } = await recording();
    const { url } = await serve(engine);
    const body = '{ "model":"m",\t"prompt": "h\\u00e9llo é", "unknown_field": [1.0, null] }';
    const headers = {
      "content-type": "application/json",
      authorization: "Bearer k",
      "x-request-id": "abc-1",
      "accept-encoding": "gzip",
    };
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const response = await fetch(`${url}/v1/completions?a=1`, {
      method: "POST",
      body,
      headers: { ...headers, traceparent, "x-no-log": "true" },
    });
    expect(response.status).toBe(200);
    expect(asked).toMatchObject([
      {
        path: "/v1/completions?a=1",
        body,
        headers: { authorization: "Bearer k", "x-request-id": "abc-1", traceparent },
      },
    ]);
    expect(asked[0]?.headers).not.toHaveProperty("accept-encoding");
    expect(asked[0]?.headers).not.toHaveProperty("x-no-log");
    expect(response.headers.get("x-request-id")).toBe("abc-1");
  });

  it("arrives as JSON whatever the client calls it", async () => {
    const { engine, asked } = await recording();
    const { url } = await serve(engine);
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    await fetch(`${url}/v1/completions`, { method: "POST", body: '{"prompt":"Hello"}', headers });
    await fetch(`${url}/v1/audio/transcriptions`, {
      method: "POST",
      body: "sound",
      headers: { "content-type": "a/b" },
    });
    expect(asked.map((request) => request.headers["content-type"])).toEqual(["application/json", "a/b"]);
  });

  it.each([
    ["GET", "/v1/models"],
    ["POST", "/v1/chat/completions"],
    ["POST", "/v1/embeddings"],
    ["POST", "/v1/rerank"],
    ["POST", "/v1/responses"],
  ])("passes as %s %s", async (method, path) => {
    const { engine, asked } = await recording(() => '{"object":"list"}');
    const { url } = await serve(engine);
    const response = await fetch(url + path, { method, body: method === "GET" ? null : "{}" });
    expect([response.status, await response.json()]).toEqual([200, { object: "list" }]);
    expect(asked.map((request) => request.path)).toEqual([path]);
  });

  it.each([
    ["POST", "/pause", 404],
    ["POST", "/update_weights", 404],
    ["POST", "/tokenize", 404],
    ["POST", "/invocations", 404],
    ["POST", "/v1/load_lora_adapter", 404],
    ["POST", "/v1/unload_lora_adapter", 404],
    ["GET", "/metrics", 404],
    ["GET", "/version", 404],
    ["POST", "/v1/completions/", 404],
    ["POST", "//v1/completions", 404],
    ["POST", "/v1/../pause", 404],
    ["POST", "/v1/%63ompletions", 405],
    ["GET", "/v1/completions", 405],
    ["POST", "/v1/models", 405],
    ["OPTIONS", "/v1/completions", 405],
  ])("is refused as %s %s, and never gets there", async (method, path, status) => {
    const { engine, asked } = await recording();
    const { port } = await serve(engine);
    const socket = connect(port, "127.0.0.1");
    socket.write(`${method} ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}`);
    let answer = "";
    socket.on("data", (bytes: Buffer) => (answer += bytes.toString()));
    await once(socket, "close");
    const message = status === 404 ? "Not Found" : "Method Not Allowed";
    expect(answer.split(" ")[1]).toBe(String(status));
    expect(JSON.parse(answer.slice(answer.indexOf("{")))).toEqual(refusal(status, message, message));
    expect(asked).toEqual([]);
  });

  it.each([
    ["{", 400, "Bad Request", /^The request body is not valid JSON: /, null],
    ['{"max_tokens":NaN}', 400, "Bad Request", /^The request body is not valid JSON: /, null],
    ['{"max_tokens":"5"}', 400, "Bad Request", /^`max_tokens` must be a whole number\.$/, "body.max_tokens"],
    ['{"max_tokens":101}', 400, "BadRequestError", /^`max_tokens` must be at most 100, got 101\.$/, "max_tokens"],
    [
      '{"max_completion_tokens":101}',
      400,
      "BadRequestError",
      /^`max_completion_tokens` must be at most 100/,
      "max_completion_tokens",
    ],
    ['{"n":9}', 400, "BadRequestError", /^`n` times the number of prompts must be at most 8, got 9\.$/, "n"],
    ['{"n":3,"prompt":["a","b","c"]}', 400, "BadRequestError", /got 9\.$/, "n"],
    ['{"n":true}', 400, "Bad Request", /^`n` must be a whole number\.$/, "body.n"],
    ['{"model":7}', 400, "Bad Request", /^`model` must be a string\.$/, "body.model"],
    [
      `{"prompt":"${"x".repeat(2048)}"}`,
      413,
      "Content Too Large",
      /^The request body is larger than 2048 bytes\.$/,
      null,
    ],
  ])("is refused for its body %s", async (body, status, type, message, param) => {
    const { engine, asked } = await recording();
    const { url, records } = await serve(engine, { MAX_TOKENS: "100", MAX_CHOICES: "8", MAX_REQUEST_BYTES: "2048" });
    const response = await fetch(`${url}/v1/completions`, { method: "POST", body });
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual(refusal(status, type, expect.stringMatching(message) as string, param));
    expect(asked).toEqual([]);
    await vi.waitFor(() => {
      expect(records).toMatchObject([{ status, outcome: "client_error" }]);
    });
  });

  it("passes with exactly the most that is allowed", async () => {
    const { engine, asked } = await recording();
    const { url } = await serve(engine, { MAX_TOKENS: "100", MAX_CHOICES: "8", MAX_REQUEST_BYTES: "2048" });
    const body = '{"max_tokens":100,"n":4,"prompt":["a","b"]}'.padEnd(2048);
    expect((await fetch(`${url}/v1/completions`, { method: "POST", body })).status).toBe(200);
    expect((await post(`${url}/v1/completions`, { n: 8, prompt: [1, 2, 3, 4, 5, 6, 7, 8, 9] })).status).toBe(200);
    expect(asked).toHaveLength(2);
  });

  it("is refused when it exceeds the limit without having said so before", async () => {
    const { engine, asked } = await recording();
    const { url } = await serve(engine, { MAX_REQUEST_BYTES: "2048" });
    const body = ReadableStream.from(Array.from({ length: 50 }, () => Buffer.alloc(1000, 32)));
    const response = await fetch(`${url}/v1/completions`, { method: "POST", body, duplex: "half" });
    expect(response.status).toBe(413);
    expect(asked).toEqual([]);
  });

  it("is refused with 503 and the time to wait while too many are open", async () => {
    const waiting: (() => void)[] = [];
    const engine = await scriptedEngine((outgoing) => waiting.push(() => outgoing.end("{}")));
    const { url, metric } = await serve(engine, { MAX_CONCURRENT_REQUESTS: "1" });
    const first = post(`${url}/v1/completions`, prompt);
    await vi.waitFor(() => {
      expect(waiting).toHaveLength(1);
    });
    const second = await post(`${url}/v1/completions`, prompt);
    expect([second.status, second.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await second.json()).toEqual(
      refusal(503, "ServiceUnavailableError", "The service is overloaded: it takes 1 requests at a time."),
    );
    waiting[0]?.();
    expect((await first).status).toBe(200);
    expect(await metric("vllm_requests_total", 'status="503"')).toBe(1);
  });
});
