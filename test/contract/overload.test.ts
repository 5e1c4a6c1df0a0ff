import { describe, expect, it, onTestFinished } from "vitest";
import { SIMULATORS } from "./engines/all.ts";
import { scrape, total } from "./exposition.ts";
import { object, type JsonObject } from "./json.ts";
import { expectedOf } from "./known-differences.ts";
import { until } from "./process.ts";
import { jsonOf, send } from "./raw-request.ts";
import { startStand } from "./stand.ts";

describe.each(SIMULATORS)("behind the service, $name that is full", (contractEngine) => {
  const claim = "a full engine refuses a request with 503";
  it(claim, async () => {
    const { engine, service, stop } = await startStand(contractEngine, { running: 1, waiting: 1 });
    onTestFinished(stop);
    const body = { model: engine.model, prompt: "The river", max_tokens: 600, ignore_eos: true };
    const full = [1, 2].map(() => send(service.origin, { path: "/v1/completions", body }));
    await until(
      async () => {
        const families = await scrape(engine.origin);
        return ["vllm:num_requests_running", "vllm:num_requests_waiting"].map((name) => total(families, name));
      },
      ([running, waiting]) => running === 1 && waiting === 1,
    );
    const refused = await send(service.origin, { path: "/v1/completions", body });
    const { type = null, code = null } = object(object(jsonOf(refused) as JsonObject)["error"]);
    const seen = { status: refused.status, type, code, retryAfter: refused.headers["retry-after"] };
    expect(seen).toEqual(expectedOf(contractEngine.name, claim));
    await Promise.all(full);
  });
});
