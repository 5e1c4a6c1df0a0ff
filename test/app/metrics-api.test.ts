import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { createMetricsApi } from "../../app/metrics-api.ts";
import { create } from "./measuring.ts";
import { parseExposition } from "./series.ts";

/** The metrics API before an engine that answers as told. */
async function apiBefore(answer: RequestListener) {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return createMetricsApi(create(), { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

const api = createMetricsApi(create(), { origin: "http://127.0.0.1:1" });

afterEach(() => {
  vi.restoreAllMocks();
});

describe("GET /metrics", () => {
  it("is OpenMetrics, whether or not the engine can be reached", async () => {
    const response = await api.request("/metrics");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
    expect(parseExposition(await response.text()).map(({ name }) => name)).toContain("vllm_requests_total");
  });
});

describe("GET /engine/metrics", () => {
  it("is what the engine answers, in the form it was asked for", async () => {
    const asked: (string | undefined)[] = [];
    const engine = await apiBefore((incoming, outgoing) => {
      asked.push(incoming.method, incoming.url, incoming.headers.accept);
      outgoing.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end("vllm:num_requests_running 1\n");
    });
    const response = await engine.request("/engine/metrics", { headers: { accept: "text/plain;version=0.0.4" } });
    expect([response.status, response.headers.get("content-type"), await response.text()]).toEqual([
      200,
      "text/plain; version=0.0.4",
      "vllm:num_requests_running 1\n",
    ]);
    expect(asked).toEqual(["GET", "/metrics", "text/plain;version=0.0.4"]);
  });

  it("is 502 with the reason when the engine cannot be reached", async () => {
    const response = await api.request("/engine/metrics");
    expect(response.status).toBe(502);
    expect(await response.text()).toMatch(/^The engine's \/metrics cannot be had: .*127\.0\.0\.1:1\n$/);
  });

  it("is 502, not half a scrape, when the engine breaks off", async () => {
    const engine = await apiBefore((_, outgoing) => {
      outgoing.writeHead(200, { "content-length": "100" });
      outgoing.write("vllm:num_requests_running 1\n", () => outgoing.destroy());
    });
    const response = await engine.request("/engine/metrics");
    expect(response.status).toBe(502);
    expect(await response.text()).toMatch(/^The engine's \/metrics cannot be had: .+\n$/);
  });

  it("is 502 when the engine has not answered after 5 s", async () => {
    const clock = new AbortController();
    const timeout = vi.spyOn(AbortSignal, "timeout").mockReturnValue(clock.signal);
    const engine = await apiBefore(() => {
      clock.abort(new Error("The operation was aborted due to timeout"));
    });
    const response = await engine.request("/engine/metrics");
    expect([response.status, await response.text()]).toEqual([
      502,
      "The engine's /metrics cannot be had: The operation was aborted due to timeout\n",
    ]);
    expect(timeout.mock.calls).toEqual([[5000]]);
  });
});

describe("GET /engine/health", () => {
  it.each([200, 503])("is the engine's own %d", async (status) => {
    const paths: (string | undefined)[] = [];
    const engine = await apiBefore((incoming, outgoing) => {
      paths.push(incoming.url);
      outgoing.writeHead(status).end();
    });
    const response = await engine.request("/engine/health");
    expect([response.status, await response.text()]).toEqual([status, ""]);
    expect(paths).toEqual(["/health"]);
  });

  it("is 502 while the engine is not listening", async () => {
    expect((await api.request("/engine/health")).status).toBe(502);
  });
});

describe("anything else", () => {
  it.each(["/", "/health", "/engine", "/engine/", "/engine/v1/models", "/engine/metrics/", "/metrics/"])(
    "is 404: %s",
    async (path) => {
      expect((await api.request(path)).status).toBe(404);
    },
  );

  it.each(["/metrics", "/engine/metrics", "/engine/health"])("but GET is 404: POST %s", async (path) => {
    expect((await api.request(path, { method: "POST" })).status).toBe(404);
  });
});
