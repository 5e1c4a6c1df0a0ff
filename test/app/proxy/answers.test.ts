import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it, vi } from "vitest";
import { chunk, post, prompt, recording, scriptedEngine, serve, stream, streamed } from "../helpers.ts";

describe("an answer on its way to the client", () => {
  it("gains the field text, and keeps the engine's bytes", async () => {
    const body =
      '{"id":"cmpl-1", "choices":[{"index":0,"text":"h\\"é\\u0001"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}';
    const { engine } = await recording(() => body);
    const { url, records } = await serve(engine);
    const answer = await (await post(`${url}/v1/completions`, prompt)).text();
    expect(answer).toBe(`${body.slice(0, -1)},"text":"h\\"é\\u0001"}`);
    await vi.waitFor(() => {
      expect(records).toMatchObject([{ outcome: "ok", prompt_tokens: 1, completion_tokens: 2, stream: false }]);
    });
  });

  it("keeps its bytes in a chat and where it is an error", async () => {
    const body =
      '{"error":{"message":"The model `x` does not exist.","type":"NotFoundError","param":"model","code":404}}';
    const engine = await scriptedEngine((outgoing, { path }) => {
      outgoing.writeHead(path === "/v1/completions" ? 404 : 200, {
        "content-type": "application/json",
        server: "uvicorn",
      });
      outgoing.end(path === "/v1/completions" ? body : '{"choices":[{"message":{"content":"a"}}]}');
    });
    const { url, records } = await serve(engine);
    const unknown = await post(`${url}/v1/completions`, { model: "x", prompt: "hello" });
    expect([unknown.status, await unknown.text(), unknown.headers.get("server")]).toEqual([404, body, null]);
    expect(await (await post(`${url}/v1/chat/completions`, {})).text()).toBe(
      '{"choices":[{"message":{"content":"a"}}]}',
    );
    await vi.waitFor(() => {
      expect(records.map(({ model, outcome }) => [model, outcome])).toEqual([
        ["other", "client_error"],
        ["m", "ok"],
      ]);
    });
  });

  it("names an adapter once the engine has accepted it", async () => {
    const { engine } = await recording();
    const { url, records, metric } = await serve(engine);
    await post(`${url}/v1/completions`, { model: "sql", prompt: "hello" });
    await vi.waitFor(() => {
      expect(records).toMatchObject([{ model: "sql", lora: "sql" }]);
    });
    expect(await metric("vllm_requests_total", 'model="sql"', 'status="200"')).toBe(1);
  });

  it("streams byte for byte, and each event before the next one is there", async () => {
    const events = [chunk("a"), chunk("b"), chunk("c", "stop"), "[DONE]"].map((data) => `data: ${data}\n\n`);
    let next = (): void => undefined;
    const engine = await scriptedEngine((outgoing) => {
      stream(outgoing);
      let sent = 0;
      next = () => {
        const event = events[sent];
        sent += 1;
        if (event === undefined) outgoing.end();
        else outgoing.write(event);
      };
      next();
    });
    const { url } = await serve(engine);
    const response = await post(`${url}/v1/completions`, streamed);
    const seen: string[] = [];
    for await (const bytes of response.body ?? []) {
      seen.push(Buffer.from(bytes).toString());
      next();
    }
    expect(seen).toEqual(events);
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  });

  it("waits for a client that reads slowly", async () => {
    let written = 0;
    const engine = await scriptedEngine((outgoing) => {
      stream(outgoing);
      const event = `data: ${chunk("x".repeat(60_000))}\n\n`;
      const write = (): void => {
        while (written < 64e6 && outgoing.write(event)) written += event.length;
        if (written < 64e6) outgoing.once("drain", write);
      };
      write();
    });
    const { url } = await serve(engine);
    const response = await post(`${url}/v1/completions`, streamed);
    const sizes: number[] = [];
    await vi.waitUntil(() => sizes.push(written) > 5 && sizes.at(-1) === sizes.at(-5), {
      interval: 100,
      timeout: 10_000,
    });
    expect(written).toBeLessThan(32e6);
    await response.body?.cancel();
  });
});

describe("a client that leaves", () => {
  it.each([[true], [false]])("aborts the engine's work (stream: %s)", async (isStream) => {
    const left = Promise.withResolvers<undefined>();
    const arrived = Promise.withResolvers<undefined>();
    const engine = await scriptedEngine((outgoing) => {
      outgoing.once("close", () => {
        left.resolve(undefined);
      });
      if (isStream) stream(outgoing, chunk("a"));
      arrived.resolve(undefined);
    });
    const { url, records, metric } = await serve(engine);
    const abort = new AbortController();
    const response = post(`${url}/v1/completions`, { ...prompt, stream: isStream }, { signal: abort.signal });
    const ended = response.then((answer) => answer.text()).catch(() => "aborted");
    await arrived.promise;
    if (isStream) await response;
    abort.abort();
    await left.promise;
    expect(await ended).toBe("aborted");
    await vi.waitFor(() => {
      expect(records).toMatchObject([{ outcome: "client_abort", status: isStream ? 200 : 499 }]);
    });
    expect(await metric("vllm_client_aborts_total")).toBe(1);
    expect(await metric("vllm_requests_total", 'status="499"')).toBe(1);
    expect([await metric("vllm_requests_in_flight"), await metric("vllm_requests_queued")]).toEqual([0, 0]);
  });
});

describe("a client of HTTP/1.0", () => {
  it("gets a stream as bare bytes, and the connection's end for its end", async () => {
    const engine = await scriptedEngine((outgoing) => {
      stream(outgoing, chunk("a"), "[DONE]");
      outgoing.end();
    });
    const { port } = await serve(engine);
    const socket = connect(port, "127.0.0.1");
    socket.write('POST /v1/completions HTTP/1.0\r\ncontent-length: 15\r\n\r\n{"stream":true}');
    const [head = "", body] = (await text(socket)).split("\r\n\r\n");
    expect(head.toLowerCase()).not.toContain("transfer-encoding");
    expect(body).toBe(`data: ${chunk("a")}\n\ndata: [DONE]\n\n`);
  });
});
