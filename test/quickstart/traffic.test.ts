import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { checkRelease } from "../../quickstart/check.ts";
import { completeMany, tally } from "../../quickstart/traffic.ts";
import { binomialBounds } from "../e2e/binomial.ts";

let close: () => void = () => undefined;

afterEach(() => {
  close();
});

/** A stand-in for the gateway that answers as the given function says. */
async function gateway(answer: (headers: IncomingHttpHeaders, count: number) => [status: number, version?: string]) {
  let count = 0;
  const server = createServer((request, response) => {
    const [status, version] = answer(request.headers, (count += 1));
    response.writeHead(status, version === undefined ? {} : { "x-model-version": version }).end("{}");
  });
  close = () => {
    server.close();
    server.closeAllConnections();
  };
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, host: "service.example" };
}

const outputs = (url: string) => ({
  gatewayUrl: url,
  host: "service.example",
  canaryWeight: 10,
  versions: [
    { name: "v1", model: "m", role: "stable" },
    { name: "v2", model: "m", role: "canary" },
  ],
  tryIt: { completion: "", abTest: "" },
});

it("sends the Host header and counts who answered, failures by status", async () => {
  const target = await gateway(({ host }, count) =>
    host === "service.example" ? [count % 3 === 0 ? 503 : 200, "v1"] : [404],
  );
  const answers = await completeMany(target, "m", { count: 9, parallel: 1 });
  expect(tally(answers)).toEqual(
    new Map([
      ["v1", 6],
      ["HTTP 503", 3],
    ]),
  );
});

it("shows a table with a row for each version, also one that nobody reached", async () => {
  const { url } = await gateway((headers) => [200, headers["x-ab-test"] === "v2" ? "v2" : "v1"]);
  expect(await checkRelease(outputs(url))).toBe(
    `20 requests to ${url} (Host: service.example), canary weight 10:

  answered by requests    share
  v1                20    100 %
  v2                 0      0 %

5 requests with x-ab-test: v2: all answered by v2`,
  );
});

it("fails when the header does not lead to the canary", async () => {
  const { url } = await gateway(() => [200, "v1"]);
  await expect(checkRelease(outputs(url))).rejects.toThrow("of 5 requests with x-ab-test: v2 only 0 reached it");
});

// Reference values: SciPy's binom.ppf(0.0005, n, p) and binom.ppf(0.9995, n, p).
it.each([
  [1000, 0.1, [70, 132]],
  [1000, 0.5, [448, 552]],
  [20, 0.1, [0, 7]],
])("bounds %i draws at %f to 99.9 percent", (n, p, bounds) => {
  expect(binomialBounds(n, p, 0.999)).toEqual(bounds);
});
