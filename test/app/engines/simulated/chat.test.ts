import { describe, expect, it } from "vitest";
import { start } from "./helpers.ts";

const withoutTime = (body: string): string => body.replaceAll(/"created":\d+/g, '"created":0');
const messages = [{ role: "user", content: "Tell me about gardens" }];
const init = { headers: { "x-request-id": "abc" } };

describe("POST /v1/chat/completions", () => {
  it("answers with vLLM's fields in vLLM's order", async () => {
    const { post } = await start();
    const response = await post("/v1/chat/completions", { messages, max_tokens: 2 }, init);
    expect(withoutTime(await response.text())).toBe(
      '{"id":"chatcmpl-abc","object":"chat.completion","created":0,"model":"m","choices":[{"index":0,"message":' +
        '{"role":"assistant","content":"In short","refusal":null,"annotations":null,"audio":null,' +
        '"function_call":null,"reasoning":null},"logprobs":null,"finish_reason":"length","stop_reason":null,' +
        '"token_ids":null,"routed_experts":null,"weight_versions":null}],"service_tier":null,' +
        '"system_fingerprint":"v1","usage":{"prompt_tokens":8,"total_tokens":10,"completion_tokens":2,' +
        '"prompt_tokens_details":null,"completion_tokens_details":null},"prompt_logprobs":null,' +
        '"prompt_token_ids":null,"prompt_text":null,"kv_transfer_params":null,"ec_transfer_params":null,"metrics":null}',
    );
  });

  it("streams vLLM's bytes: the role first, then a token a chunk", async () => {
    const { post } = await start();
    const response = await post("/v1/chat/completions", { messages, max_tokens: 2, stream: true }, init);
    const head = 'data: {"id":"chatcmpl-abc","object":"chat.completion.chunk","created":0,"model":"m","choices":';
    expect(withoutTime(await response.text()).split("\n\n")).toEqual([
      `${head}[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],` +
        '"prompt_token_ids":null,"prompt_text":null}',
      `${head}[{"index":0,"delta":{"content":"In"},"logprobs":null,"finish_reason":null,"token_ids":null}],` +
        '"kv_transfer_params":null}',
      `${head}[{"index":0,"delta":{"content":" short"},"logprobs":null,"finish_reason":"length","stop_reason":null,` +
        '"token_ids":null,"weight_versions":null}],"system_fingerprint":"v1","kv_transfer_params":null}',
      "data: [DONE]",
      "",
    ]);
  });

  it("begins each of several choices with its role", async () => {
    const { post } = await start();
    const response = await post("/v1/chat/completions", { messages, max_tokens: 1, n: 2, stream: true });
    const roles = (await response.text())
      .split("\n\n")
      .map((event) => /"index":(\d),"delta":\{"role"/.exec(event)?.[1]);
    expect(roles.slice(0, 3)).toEqual(["0", "1", undefined]);
  });

  it.each([
    ["a text", "Tell me about gardens"],
    [
      "parts of text",
      [
        { type: "text", text: "Tell me" },
        { type: "text", text: "about gardens" },
      ],
    ],
  ])("takes messages of %s", async (_, content) => {
    const { post } = await start();
    const response = await post("/v1/chat/completions", { messages: [{ role: "user", content }] });
    expect(await response.text()).toContain("gardens");
  });

  it("takes the rest of the context when no limit is given, and the newer name of the limit first", async () => {
    const { post } = await start({ maxModelLength: 100, kvCacheTokens: 1000 });
    const tokens = async (body: object): Promise<unknown> => {
      const response = await post("/v1/chat/completions", { messages, ignore_eos: true, ...body });
      return ((await response.json()) as { usage: { completion_tokens: number } }).usage.completion_tokens;
    };
    expect(await tokens({})).toBe(92);
    expect(await tokens({ max_tokens: 5, max_completion_tokens: 3 })).toBe(3);
    expect(await tokens({ max_tokens: 5 })).toBe(5);
  });

  it("answers the last question, not the first", async () => {
    const { post } = await start();
    const conversation = [
      { role: "user", content: "Tell me about elephants" },
      { role: "assistant", content: null },
      { role: "user", content: "Now about gardens" },
    ];
    const text = await (await post("/v1/chat/completions", { messages: conversation })).text();
    expect([text.includes("gardens"), text.includes("elephants")]).toEqual([true, false]);
  });

  it("refuses images as a model for text does", async () => {
    const { post } = await start();
    const content = [{ type: "image_url", image_url: { url: "data:" } }];
    const response = await post("/v1/chat/completions", { messages: [{ role: "user", content }] });
    expect([response.status, await response.json()]).toEqual([
      400,
      {
        error: {
          message: "At most 0 image(s) may be provided in one prompt. (parameter=image)",
          type: "BadRequestError",
          param: "image",
          code: 400,
        },
      },
    ]);
  });
});
