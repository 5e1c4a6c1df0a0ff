import type { IncomingHttpHeaders } from "node:http";
import { beforeAll, describe, expect, it } from "vitest";
import { SCENARIOS, UNKNOWN_MODEL } from "./clients/scenarios.ts";
import { ENGINES } from "./engines/all.ts";
import { jsonOf, send, type RawRequest } from "./raw-request.ts";
import { VERSION } from "./service.ts";
import { startStand, type Stand } from "./stand.ts";

const prompt = "The river runs past the garden, and";
const messages = [{ role: "user", content: "What runs past the garden?" }];
const stream = { stream: true, stream_options: { include_usage: true } };
const answer = { max_tokens: 32, ignore_eos: true };

/** Requests whose answers the service is not to touch. */
const UNTOUCHED: Readonly<Record<string, (model: string) => RawRequest>> = {
  "a completion's stream": (model) => ({ path: "/v1/completions", body: { model, prompt, ...answer, stream: true } }),
  "a stream of two choices, with usage": (model) => ({
    path: "/v1/completions",
    body: { model, prompt, ...answer, ...stream, temperature: 1, n: 2 },
  }),
  "a chat's stream": (model) => ({ path: "/v1/chat/completions", body: { model, messages, ...answer, ...stream } }),
  "a chat's answer": (model) => ({ path: "/v1/chat/completions", body: { model, messages, ...answer } }),
  "the list of models": () => ({ path: "/v1/models" }),
  "an error about the model": () => ({ path: "/v1/completions", body: { model: UNKNOWN_MODEL, prompt } }),
  "an error about a value": (model) => ({ path: "/v1/completions", body: { model, prompt, max_tokens: 0 } }),
  "what the engine says to embeddings": (model) => ({ path: "/v1/embeddings", body: { model, input: "river" } }),
};

/** What vLLM has and clients are not to reach, and ways to get there by detours. */
const REFUSED: readonly RawRequest[] = [
  ...["/pause", "/resume", "/update_weights", "/tokenize", "/detokenize", "/invocations", "/sleep", "/wake_up"],
  ...["/reset_prefix_cache", "/collective_rpc", "/inference/v1/generate", "/v1/completions/render", "/pooling"],
  ...["/v1/load_lora_adapter", "/v1/unload_lora_adapter", "/admin/config"],
  ...["/v1/completions/", "//v1/completions", "/V1/completions", "/v1/completions/../../pause", "/./pause"],
  ...["/v1/completions%2f..%2f..%2fpause", "/%70ause", "/pause?path=/v1/completions", "http://engine/pause"],
]
  .map((path): RawRequest => ({ path, body: {} }))
  .concat(["/metrics", "/load", "/version", "/docs", "/openapi.json", "/server_info"].map((path) => ({ path })));

describe.each(ENGINES)("behind the service, $name", (contractEngine) => {
  let stand: Stand;
  beforeAll(async () => {
    stand = await startStand(contractEngine);
    return () => stand.stop();
  });

  /** Sends a request through the service, and gives what passed the tap meanwhile, probes of the service excluded. */
  async function pass(request: RawRequest) {
    const before = stand.tap.exchanges.length;
    const given = await send(stand.service.origin, request);
    const passed = stand.tap.exchanges.slice(before).filter(({ path }) => path !== "/health");
    return { given, passed };
  }

  it.each(Object.entries(UNTOUCHED))("%s comes byte for byte", async (_, describeRequest) => {
    const { given, passed } = await pass(describeRequest(stand.engine.model));
    const [made] = passed;
    expect(given.bytes.length).toBeGreaterThan(0);
    expect(given.bytes.toString("latin1")).toBe(Buffer.concat(made?.chunks ?? []).toString("latin1"));
    expect([given.status, given.headers["content-type"]]).toEqual([made?.status, made?.answerHeaders["content-type"]]);
    expect(given.headers["x-model-version"]).toBe(VERSION);
  });

  it("a whole completion comes as the engine made it, with `text` behind", async () => {
    const body = { model: stand.engine.model, prompt, ...answer };
    const { given, passed } = await pass({ path: "/v1/completions", body });
    const made = Buffer.concat(passed[0]?.chunks ?? []).toString();
    const { choices } = JSON.parse(made) as { readonly choices: readonly { readonly text: string }[] };
    expect(given.bytes.toString()).toBe(made.replace(/\}\s*$/, `,"text":${JSON.stringify(choices[0]?.text)}}`));
  });

  it("a stream comes while it is made", async () => {
    const madeAtFirst: string[] = [];
    const request = SCENARIOS.completionStream.request;
    const body = { model: stand.engine.model, ...request, max_tokens: 200, ignore_eos: true, stream: true };
    await send(stand.service.origin, { path: "/v1/completions", body }, () => {
      madeAtFirst.push(Buffer.concat(stand.tap.exchanges.at(-1)?.chunks ?? []).toString());
    });
    expect(madeAtFirst[0]).not.toContain("[DONE]");
    expect(madeAtFirst.at(-1)).toContain("[DONE]");
  });

  it("the request's id, trace and credentials reach the engine", async () => {
    const trace = "0af7651916cd43dd8448eb211c80319c";
    const headers = {
      "x-request-id": "wire-1",
      traceparent: `00-${trace}-b7ad6b7169203331-01`,
      tracestate: "vendor=1",
      authorization: "Bearer secret",
    };
    const body = { model: stand.engine.model, prompt, max_tokens: 1 };
    const { given, passed } = await pass({ path: "/v1/completions", body, headers });
    const seen: IncomingHttpHeaders = passed[0]?.headers ?? {};
    expect(given.headers["x-request-id"]).toBe("wire-1");
    expect(seen["x-request-id"]).toBe("wire-1");
    expect(seen["traceparent"]).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`));
    expect([seen["tracestate"], seen.authorization]).toEqual(["vendor=1", "Bearer secret"]);
  });

  it("a request without an id gets one, which the engine is told too", async () => {
    const { given, passed } = await pass({ path: "/v1/models" });
    expect(given.headers["x-request-id"]).toMatch(/^\S+$/);
    expect(passed.map(({ headers }) => headers["x-request-id"])).toEqual([given.headers["x-request-id"]]);
  });

  it.each(REFUSED)("$path does not reach the engine", async (request) => {
    const { given, passed } = await pass(request);
    expect(passed).toEqual([]);
    expect([given.status, given.headers["x-model-version"]]).toEqual([404, VERSION]);
    expect(jsonOf(given)).toEqual({ error: { message: "Not Found", type: "Not Found", param: null, code: 404 } });
  });

  it.each(["/v1/completions", "/v1/chat/completions", "/v1/embeddings"])(
    "GET %s does not reach the engine",
    async (path) => {
      const { given, passed } = await pass({ path });
      expect(passed).toEqual([]);
      expect([given.status, given.headers["x-model-version"], given.headers.allow]).toEqual([405, VERSION, "POST"]);
      const error = { message: "Method Not Allowed", type: "Method Not Allowed", param: null, code: 405 };
      expect(jsonOf(given)).toEqual({ error });
    },
  );
});
