import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { serve, testEngine } from "./helpers.ts";

describe("x-model-version", () => {
  it.each([
    ["GET", "/health", null, 200],
    ["GET", "/ready", null, 200],
    ["GET", "/v1/models", null, 200],
    ["POST", "/v1/completions", '{"prompt":"a"}', 200],
    ["POST", "/v1/completions", '{"prompt":"a","stream":true}', 200],
    ["POST", "/v1/completions", "{", 400],
    ["POST", "/v1/completions", '{"model":"x","prompt":"a"}', 404],
    ["GET", "/v1/completions", null, 405],
    ["POST", "/v1/completions", " ".repeat(10_485_761), 413],
    ["GET", "/nowhere", null, 404],
  ])("is on the answer to %s %s", async (method, path, body, status) => {
    const { url } = await serve(await testEngine());
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
    const { port } = await serve(await testEngine());
    const socket = connect(port, "127.0.0.1");
    socket.write(bytes);
    const [head = ""] = (await text(socket)).split("\r\n\r\n");
    expect(head.split("\r\n")[0]).toBe(statusLine);
    expect(head.toLowerCase()).toContain("\r\nx-model-version: v1");
  });
});
