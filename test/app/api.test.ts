import { describe, expect, it } from "vitest";
import { createApi, MAX_BODY_BYTES } from "../../app/api.ts";
import { testEngine } from "./helpers.ts";

const api = createApi({ model: "m", version: "v1", engine: testEngine(), isReady: () => true });

const post = (body: string): Response | Promise<Response> => api.request("/v1/completions", { method: "POST", body });
const postJson = (body: unknown): Response | Promise<Response> => post(JSON.stringify(body));
const error = (code: number, type: string, message: string, param: string | null = null) => ({
  status: code,
  body: { error: { message, type, param, code } },
});
const outcome = async (response: Response) => ({ status: response.status, body: await response.json() });

/** Parsed `data:` events of a stream, which must be framed exactly as vLLM does. */
async function events(response: Response): Promise<unknown[]> {
  const frames = (await response.text()).split("\n\n");
  expect(frames.slice(-2)).toEqual(["data: [DONE]", ""]);
  return frames.slice(0, -2).map((frame): unknown => {
    expect(frame).toMatch(/^data: \{.*\}$/);
    return JSON.parse(frame.slice("data: ".length));
  });
}

describe("POST /v1/completions", () => {
  it("answers in one body", async () => {
    const response = await postJson({ model: "m", prompt: "hello", max_tokens: 3 });
    const text = " bright holds slowly";
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await outcome(response)).toEqual({
      status: 200,
      body: {
        id: expect.stringMatching(/^cmpl-[0-9a-f]{32}$/) as unknown,
        object: "text_completion",
        created: expect.closeTo(Date.now() / 1000, -1) as unknown,
        model: "m",
        choices: [{ index: 0, text, logprobs: null, finish_reason: "length", stop_reason: null }],
        system_fingerprint: "v1",
        usage: { prompt_tokens: 1, total_tokens: 4, completion_tokens: 3 },
        text,
      },
    });
  });

  it("generates 16 tokens by default, for the served model when none is named", async () => {
    expect(await (await postJson({ prompt: "hello" })).json()).toMatchObject({
      model: "m",
      usage: { prompt_tokens: 1, total_tokens: 17, completion_tokens: 16 },
    });
  });

  it("answers every prompt n times, in order", async () => {
    const texts = async (body: object): Promise<unknown> =>
      ((await (await postJson({ ...body, n: 2 })).json()) as { choices: unknown[] }).choices;
    const both = await texts({ prompt: ["one two", "three"] });
    expect(both).toMatchObject([{ index: 0 }, { index: 1 }, { index: 2 }, { index: 3 }]);
    expect(await texts({ prompt: ["one two"] })).toEqual((both as unknown[]).slice(0, 2));
  });

  it("streams one event per token, the fingerprint on the last", async () => {
    const response = await postJson({ model: "m", prompt: "hello", max_tokens: 3, stream: true });
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    const received = await events(response);
    const chunk = (text: string, finish_reason: string | null, rest: object = {}) => ({
      id: expect.stringMatching(/^cmpl-[0-9a-f]{32}$/) as unknown,
      object: "text_completion",
      created: expect.closeTo(Date.now() / 1000, -1) as unknown,
      model: "m",
      choices: [{ index: 0, text, logprobs: null, finish_reason, stop_reason: null }],
      ...rest,
    });
    expect(received).toEqual([
      chunk(" bright", null),
      chunk(" holds", null),
      chunk(" slowly", "length", { system_fingerprint: "v1" }),
    ]);
  });

  it("ends a stream with one usage event when asked to", async () => {
    const stream_options = { include_usage: true };
    const received = await events(await postJson({ prompt: "a b", n: 2, max_tokens: 2, stream: true, stream_options }));
    expect(received).toHaveLength(5);
    expect(received.at(-1)).toMatchObject({
      choices: [],
      system_fingerprint: "v1",
      usage: { prompt_tokens: 2, total_tokens: 6, completion_tokens: 4 },
    });
    for (const event of received.slice(0, -1)) expect(event).not.toHaveProperty("system_fingerprint");
  });

  it.each([
    [{ model: 1 }, "model", "`model` must be a string."],
    [{ prompt: 1 }, "prompt", "`prompt` must be a string or an array of strings."],
    [{ prompt: ["a", 1] }, "prompt", "`prompt` must be a string or an array of strings."],
    [{ n: "2" }, "n", "`n` must be a whole number."],
    [{ max_tokens: 1.5 }, "max_tokens", "`max_tokens` must be a whole number."],
    [{ seed: "x" }, "seed", "`seed` must be a whole number."],
    [{ stream: "true" }, "stream", "`stream` must be true or false."],
    [{ ignore_eos: 1 }, "ignore_eos", "`ignore_eos` must be true or false."],
    [{ stream: true, stream_options: [] }, "stream_options", "`stream_options` must be an object."],
    [{ stream: true, stream_options: { include_usage: 1 } }, "include_usage", "`include_usage` must be true or false."],
  ])("refuses the types of %j", async (fields, param, message) => {
    const response = await postJson({ model: "m", prompt: "hello", ...fields });
    expect(await outcome(response)).toEqual(error(400, "Bad Request", message, param));
  });

  it.each([
    [{ prompt: null }, "prompt", "`prompt` must not be empty."],
    [{ prompt: [] }, "prompt", "`prompt` must not be empty."],
    [{ prompt: ["a", ""] }, "prompt", "`prompt` must not be empty."],
    [{ n: 0 }, "n", "`n` must be at least 1, got 0."],
    [{ n: 64, prompt: ["a", "b", "c"] }, "n", "`n` times the number of prompts must be at most 128, got 192."],
    [{ max_tokens: 0 }, "max_tokens", "`max_tokens` must be at least 1, got 0."],
    [
      { max_tokens: 8192 },
      "max_tokens",
      "The model's context holds 8192 tokens; asked: 1 in the prompt and 8192 for the answer.",
    ],
    [{ stream_options: {} }, "stream_options", "Stream options can only be defined when `stream` is true."],
  ])("refuses the values of %j", async (fields, param, message) => {
    const response = await postJson({ model: "m", prompt: "hello", ...fields });
    expect(await outcome(response)).toEqual(error(400, "BadRequestError", message, param));
  });

  it.each([["[]"], ["null"], ['"text"'], ["1"]])("refuses the body %s", async (body) => {
    const message = "The request body must be a JSON object.";
    expect(await outcome(await post(body))).toEqual(error(400, "Bad Request", message));
  });

  it.each([[""], ["{"], ["{'prompt':1}"]])("refuses the invalid JSON %s", async (body) => {
    const { status, body: answer } = await outcome(await post(body));
    expect(status).toBe(400);
    expect(answer).toMatchObject({ error: { type: "Bad Request", param: null, code: 400 } });
  });

  it("refuses another model", async () => {
    const response = await postJson({ model: "x", prompt: "hello" });
    expect(await outcome(response)).toEqual(error(404, "NotFoundError", "The model `x` does not exist.", "model"));
  });

  it("refuses a body over 10 MiB, not one of exactly that", async () => {
    const message = "The request body is larger than 10485760 bytes.";
    expect(await outcome(await post(" ".repeat(MAX_BODY_BYTES + 1)))).toEqual(error(413, "Content Too Large", message));
    const json = JSON.stringify({ prompt: "hello" });
    expect((await post(json.padEnd(MAX_BODY_BYTES))).status).toBe(200);
  });
});

describe("other routes", () => {
  it("lists the served model", async () => {
    const card = { id: "m", object: "model", owned_by: "vllm", root: "m", parent: null, max_model_len: 8192 };
    expect(await outcome(await api.request("/v1/models"))).toEqual({
      status: 200,
      body: { object: "list", data: [{ ...card, created: expect.any(Number) as unknown, permission: [] }] },
    });
  });

  it.each(["/health", "/ready"])("answers %s with an empty 200", async (path) => {
    const response = await api.request(path);
    expect([response.status, await response.text()]).toEqual([200, ""]);
  });

  it("is alive but not ready while draining", async () => {
    const draining = createApi({ model: "m", version: "v1", engine: testEngine(), isReady: () => false });
    expect((await draining.request("/ready")).status).toBe(503);
    expect((await draining.request("/health")).status).toBe(200);
  });

  it.each(["/", "/v1", "/v1/completion", "/v1/completions/", "/metrics"])("has no path %s", async (path) => {
    expect(await outcome(await api.request(path))).toEqual(error(404, "Not Found", "Not Found"));
  });

  it.each([
    ["GET", "/v1/completions", "POST"],
    ["DELETE", "/v1/models", "GET, HEAD"],
    ["POST", "/health", "GET, HEAD"],
    ["PUT", "/ready", "GET, HEAD"],
  ])("refuses %s %s", async (method, path, allow) => {
    const response = await api.request(path, { method });
    expect(response.headers.get("allow")).toBe(allow);
    expect(await outcome(response)).toEqual(error(405, "Method Not Allowed", "Method Not Allowed"));
  });
});
