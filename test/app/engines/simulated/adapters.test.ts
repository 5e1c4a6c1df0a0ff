import { describe, expect, it } from "vitest";
import { readCompletion, start } from "./helpers.ts";

const load = (name: string, more: object = {}) => ({ lora_name: name, lora_path: `/adapters/${name}`, ...more });
const said = async (response: Response) => [response.status, await response.text()] as const;

describe("LoRA adapters", () => {
  it("are loaded and unloaded at run time, with vLLM's words", async () => {
    const { post, complete } = await start();
    expect((await complete({ prompt: "a", model: "tuned" })).status).toBe(404);
    const loaded = await post("/v1/load_lora_adapter", load("tuned"));
    expect(loaded.headers.get("content-type")).toBeNull();
    expect(await said(loaded)).toEqual([200, "Success: LoRA adapter 'tuned' added successfully."]);
    const answer = await complete({ prompt: "a", model: "tuned" });
    expect([answer.status, ((await answer.json()) as { model: string }).model]).toEqual([200, "tuned"]);
    expect(await said(await post("/v1/unload_lora_adapter", { lora_name: "tuned" }))).toEqual([
      200,
      "Success: LoRA adapter 'tuned' removed successfully.",
    ]);
    expect((await complete({ prompt: "a", model: "tuned" })).status).toBe(404);
  });

  it("are listed behind the model, their parent", async () => {
    const { origin } = await start({ loraAdapters: ["tuned"], maxModelLength: 100 });
    const list = (await (await fetch(`${origin}/v1/models`)).json()) as { object: string; data: object[] };
    const created = expect.any(Number) as number;
    const permission = [
      {
        id: expect.stringMatching(/^modelperm-[0-9a-f]{32}$/) as string,
        object: "model_permission",
        created,
        allow_create_engine: false,
        allow_sampling: true,
        allow_logprobs: true,
        allow_search_indices: false,
        allow_view: true,
        allow_fine_tuning: false,
        organization: "*",
        group: null,
        is_blocking: false,
      },
    ];
    const card = { object: "model", created, owned_by: "vllm", permission };
    expect(list).toEqual({
      object: "list",
      data: [
        { ...card, id: "m", root: "m", parent: null, max_model_len: 100 },
        { ...card, id: "tuned", root: "/adapters/tuned", parent: "m", max_model_len: null },
      ],
    });
    expect(Object.keys(list.data[0] ?? {})).toEqual([
      "id",
      "object",
      "created",
      "owned_by",
      "root",
      "parent",
      "max_model_len",
      "permission",
    ]);
  });

  it.each([
    ["load", load("m"), 400, "InvalidUserInput", "The lora adapter 'm' conflicts with a served base model."],
    [
      "load",
      load("tuned"),
      400,
      "InvalidUserInput",
      "The lora adapter 'tuned' has already been loaded. If you want to load the adapter in place, set 'load_inplace' to True.",
    ],
    [
      "load",
      { lora_name: "x", lora_path: "" },
      400,
      "InvalidUserInput",
      "Both 'lora_name' and 'lora_path' must be provided.",
    ],
    [
      "load",
      { lora_name: "x", lora_path: "/adapters/missing" },
      404,
      "NotFoundError",
      "Loading lora x failed: No adapter found for /adapters/missing",
    ],
    [
      "load",
      { lora_name: "x" },
      400,
      "Bad Request",
      "1 validation error:\n  {'type': 'missing', 'loc': 'body.lora_path', 'msg': 'Field required', " +
        "'input': '<dict of 1 items>'}",
    ],
    ["unload", { lora_name: "x" }, 404, "NotFoundError", "The lora adapter 'x' cannot be found."],
    [
      "unload",
      { lora_name: "" },
      400,
      "InvalidUserInput",
      "'lora_name' needs to be provided to unload a LoRA adapter.",
    ],
  ])("are refused as vLLM does: %s %j", async (action, body, status, type, message) => {
    const { post } = await start({ loraAdapters: ["tuned"] });
    const response = await post(`/v1/${action}_lora_adapter`, body);
    const { error } = (await response.json()) as { error: object };
    expect([response.status, error]).toMatchObject([status, { message, type, code: status }]);
  });

  it("are replaced in place when that is asked for", async () => {
    const { post } = await start({ loraAdapters: ["tuned"] });
    expect((await post("/v1/load_lora_adapter", load("tuned", { load_inplace: true }))).status).toBe(200);
  });

  it("go on answering what runs while they are unloaded", async () => {
    const { post, complete } = await start({ loraAdapters: ["tuned"], interTokenLatencyMs: 5 });
    const response = complete({ prompt: "a", model: "tuned", max_tokens: 20, ignore_eos: true });
    await post("/v1/unload_lora_adapter", { lora_name: "tuned" });
    expect((await readCompletion(await response)).usage.completion_tokens).toBe(20);
  });

  it("are seen in the metrics: which run, which wait, since they last did", async () => {
    const { complete, scrape, until } = await start({
      loraAdapters: ["one", "two"],
      maxNumSeqs: 1,
      interTokenLatencyMs: 5,
    });
    const leave = new AbortController();
    const body = { prompt: "a", max_tokens: 8000, ignore_eos: true, stream: true };
    await complete({ ...body, model: "one" }, { signal: leave.signal });
    await complete({ ...body, model: "two" }, { signal: leave.signal });
    const info = (running: string, waiting: string): string =>
      `vllm:lora_requests_info{max_lora="2",running_lora_adapters="${running}",waiting_lora_adapters="${waiting}"}`;
    const before = Date.now() / 1000;
    const seen = (await scrape()).get(info("one", "two")) ?? 0;
    expect([seen >= before, seen <= Date.now() / 1000]).toEqual([true, true]);
    leave.abort();
    await until((metrics) => metrics.has(info("", "")));
    expect([...(await scrape()).keys()].filter((key) => key.includes("lora"))).toEqual([info("", "")]);
    expect([...(await (await start()).scrape()).keys()].filter((key) => key.includes("lora"))).toEqual([]);
  });
});
