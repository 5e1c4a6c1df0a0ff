import { beforeAll, describe, expect, it } from "vitest";
import { CLIENTS } from "./clients/all.ts";
import type { Scenario } from "./clients/scenarios.ts";
import { ENGINES } from "./engines/all.ts";
import { expectedOf } from "./known-differences.ts";
import { scrape, total } from "./exposition.ts";
import { until } from "./process.ts";
import { startStand, type Stand } from "./stand.ts";

const TOKENS = 700;
const leave: Scenario = {
  call: "leave",
  request: { prompt: "The river runs past the garden, and", max_tokens: TOKENS },
  extra: { ignore_eos: true },
};

describe.each(ENGINES)("behind the service, $name", (contractEngine) => {
  let stand: Stand;
  beforeAll(async () => {
    stand = await startStand(contractEngine);
    return () => stand.stop();
  });

  async function read() {
    const families = await scrape(stand.engine.origin);
    const at = (name: string): number => total(families, `vllm:${name}`);
    return {
      running: at("num_requests_running"),
      made: at("generation_tokens_total"),
      complete: at("request_success_total"),
    };
  }

  const claim = "an engine stops when the client leaves";
  it.each(CLIENTS)(`${claim}, which the one for $name does`, async (client) => {
    const before = await read();
    const { left } = await client.run(stand.service.origin, stand.engine.model, { left: leave });
    const after = await until(read, ({ running }) => running === 0);
    expect(left.chunks).toHaveLength(1);
    const seen = { madeAll: after.made - before.made >= TOKENS, complete: after.complete - before.complete };
    expect(seen).toEqual(expectedOf(contractEngine.name, claim));
  });
});
