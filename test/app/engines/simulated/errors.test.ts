import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { start } from "./helpers.ts";

interface ErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: number;
  };
}

const readError = async (response: Response) => {
  const { error } = (await response.json()) as ErrorBody;
  expect(Object.keys(error)).toEqual(["message", "type", "param", "code"]);
  expect(error.code).toBe(response.status);
  return error;
};

describe("an error", () => {
  it("is of type Bad Request when types are wrong, and names all of them", async () => {
    const { complete } = await start();
    const error = await readError(await complete({ prompt: "a", max_tokens: "x", n: null, stream: 2 }));
    expect(error).toEqual({
      message:
        "3 validation errors:\n" +
        "  {'type': 'int_type', 'loc': 'body.n', 'msg': 'Input should be a valid integer', 'input': 'None'}\n" +
        "  {'type': 'bool_parsing', 'loc': 'body.stream', 'msg': 'Input should be a valid boolean, unable to interpret " +
        "input', 'input': '2'}\n" +
        "  {'type': 'int_parsing', 'loc': 'body.max_tokens', 'msg': 'Input should be a valid integer, unable to parse " +
        "string as an integer', 'input': 'x'}",
      type: "Bad Request",
      param: "body.n",
      code: 400,
    });
  });

  it.each([
    ["no JSON", '{"prompt" "a"}', "body.10"],
    ["nothing", "", "body"],
    ["a list", "[]", "body"],
    ["null", "null", "body"],
    ["a prompt that is none", '{"prompt":5}', "body.prompt"],
    ["a prompt of mixed kinds", '{"prompt":["a",5]}', "body.prompt"],
    ["a negative token", '{"prompt":[-1]}', "body.prompt"],
    ["too many stop strings", '{"prompt":"a","stop":["a","b","c","d","e"]}', "body.stop"],
    ["a stop string that is none", '{"prompt":"a","stop":[1]}', "body.stop"],
    ["a seed beyond 64 bits", '{"prompt":"a","seed":1e19}', "body.seed"],
    ["half a token", '{"prompt":"a","max_tokens":1.5}', "body.max_tokens"],
    ["stream options that are none", '{"prompt":"a","stream":true,"stream_options":5}', "body.stream_options"],
    [
      "a usage option that is none",
      '{"prompt":"a","stream":true,"stream_options":{"include_usage":"maybe"}}',
      "body.stream_options.include_usage",
    ],
  ])("is of type Bad Request for %s", async (_, body, param) => {
    const { post } = await start();
    const error = await readError(await post("/v1/completions", body));
    expect(error).toMatchObject({ type: "Bad Request", code: 400, param });
  });

  it("is of type Bad Request for a body that does not call itself JSON", async () => {
    const { post } = await start();
    const response = await post("/v1/completions", { prompt: "a" }, { headers: { "content-type": "text/plain" } });
    expect(await readError(response)).toEqual({
      message: "1 validation error:\n  Unsupported Media Type: Only 'application/json' is allowed",
      type: "Bad Request",
      param: null,
      code: 400,
    });
  });

  it.each([
    [{ prompt: "" }, "Either prompt or prompt_embeds must be provided and non-empty. (parameter=prompt)", "prompt"],
    [{}, "Either prompt or prompt_embeds must be provided and non-empty. (parameter=prompt)", "prompt"],
    [
      { prompt: "a", stream_options: { include_usage: true } },
      "Stream options can only be defined when `stream=True`. (parameter=stream_options)",
      "stream_options",
    ],
    [
      { prompt: "a", logprobs: -2 },
      "`logprobs` must be a positive value or -1. (parameter=logprobs, value=-2)",
      "logprobs",
    ],
    [
      { prompt: "a", temperature: 3 },
      "temperature must be in [0, 2], got 3. (parameter=temperature, value=3)",
      "temperature",
    ],
    [{ prompt: "a", top_p: 0 }, "top_p must be in (0, 1], got 0. (parameter=top_p, value=0)", "top_p"],
    [{ prompt: "a", n: 0 }, "n must be at least 1, got 0.", null],
    [{ prompt: "a", n: 2, temperature: 0 }, "n must be 1 when using greedy sampling, got 2.", null],
    [{ prompt: "a", stop: "" }, "stop cannot contain an empty string.", null],
    [
      { prompt: "a", max_tokens: 0 },
      "max_tokens must be at least 1, got 0. (parameter=max_tokens, value=0)",
      "max_tokens",
    ],
    [
      { prompt: "a", max_tokens: 101 },
      "max_tokens=101 cannot be greater than max_model_len=100. Please request fewer output tokens. " +
        "(parameter=max_tokens, value=101)",
      "max_tokens",
    ],
    [
      { prompt: "a ".repeat(150) },
      "This model's maximum context length is 100 tokens. However, your prompt contains at least 101 input tokens, which " +
        "exceeds this limit even without any output tokens. Please reduce the length of the input prompt. " +
        "(parameter=input_tokens, value=101)",
      "input_tokens",
    ],
    [{ prompt: [""] }, "The decoder prompt cannot be empty", null],
    [{ prompt: [2 ** 48] }, "Token id 281474976710656 is out of vocabulary", null],
    [{ prompt: "a", suffix: "b" }, "suffix is only supported for models with FIM completion rendering", "suffix"],
  ])("is of type BadRequestError for %j", async (body, message, param) => {
    const { complete } = await start({ maxModelLength: 100 });
    const error = await readError(await complete(body));
    expect(error).toEqual({ message, type: "BadRequestError", param, code: 400 });
  });

  it("is a 404 for another model", async () => {
    const { complete } = await start();
    expect(await readError(await complete({ prompt: "a", model: "x" }))).toEqual({
      message: "The model `x` does not exist. Valid aliases: m.",
      type: "NotFoundError",
      param: "model",
      code: 404,
    });
  });

  it("has FastAPI's words for paths and methods that do not exist", async () => {
    const { origin } = await start();
    const lost = await fetch(`${origin}/v1/nothing`);
    expect([lost.status, await lost.text()]).toEqual([404, '{"detail":"Not Found"}']);
    const wrong = await fetch(`${origin}/v1/completions`);
    expect([wrong.status, wrong.headers.get("allow"), await wrong.text()]).toEqual([
      405,
      "POST",
      '{"detail":"Method Not Allowed"}',
    ]);
  });

  it.each(["/v1/completions", "/v1/chat/completions", "/v1/embeddings", "/tokenize", "/detokenize"])(
    "is never the engine's own fault at %s, whatever JSON comes",
    async (path) => {
      const { post } = await start({ maxModelLength: 50 });
      const value = fc.oneof(
        fc.jsonValue({ maxDepth: 2 }),
        fc.integer(),
        fc.constantFrom("5", "true", 1e300, -0, "", { toString: 1 }),
      );
      const body = fc.record(
        {
          prompt: fc.oneof(value, fc.string(), fc.array(fc.nat())),
          input: fc.oneof(value, fc.string()),
          messages: fc.oneof(value, fc.array(fc.record({ role: value, content: value }, { requiredKeys: [] }))),
          tokens: fc.oneof(value, fc.array(fc.nat())),
          model: fc.oneof(value, fc.constantFrom("m", "", null)),
          stream_options: fc.oneof(value, fc.record({ include_usage: value }, { requiredKeys: [] })),
          ...Object.fromEntries(
            ["max_tokens", "n", "stop", "seed", "temperature", "stream", "echo", "ignore_eos", "min_tokens", "logprobs"]
              .concat(["encoding_format", "dimensions", "request_id", "return_token_strs", "__proto__"])
              .map((name) => [name, value]),
          ),
        },
        { requiredKeys: [] },
      );
      await fc.assert(
        fc.asyncProperty(fc.oneof(body, fc.jsonValue()), async (json) => {
          const response = await post(path, json);
          await response.text();
          expect(response.status === 200 || (response.status >= 400 && response.status < 500)).toBe(true);
        }),
        { numRuns: 150 },
      );
    },
  );
});
