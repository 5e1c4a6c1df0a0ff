import { beforeAll, describe, expect, it } from "vitest";
import { entriesOf } from "./claims/all.ts";
import { METRIC_CLAIMS, type Exposed, type MetricClaim } from "./claims/metrics.ts";
import { ENGINES } from "./engines/all.ts";
import type { RunningEngine } from "./engines/engine.ts";
import { scrape, total } from "./exposition.ts";
import { members, type JsonObject } from "./json.ts";
import { expectedOf } from "./known-differences.ts";
import { jsonOf, send } from "./raw-request.ts";

const TOKENS = 64;

/** Has two completions made, of which one waits for the other, so that there is something to count; then scrapes. */
async function use({ origin, model }: RunningEngine, takesAdapters: boolean): Promise<Exposed> {
  const lora = { lora_name: "contract-adapter", lora_path: "/adapters/contract" };
  if (takesAdapters) await send(origin, { path: "/v1/load_lora_adapter", body: lora });
  const body = { model, prompt: "The river runs", max_tokens: TOKENS, ignore_eos: true };
  const bodies = [body, { ...body, stream: true }];
  await Promise.all(bodies.map((each) => send(origin, { path: "/v1/completions", body: each })));
  const list = jsonOf(await send(origin, { path: "/v1/models" })) as JsonObject;
  const contextTokens = members(list, "data").find(({ id }) => id === model)?.["max_model_len"];
  return { families: await scrape(origin), contextTokens: Number(contextTokens) };
}

describe.each(ENGINES)("the metrics of $name", (contractEngine) => {
  let exposed: Exposed;
  beforeAll(async () => {
    const engine = await contractEngine.start({ running: 1, waiting: 10 });
    exposed = await use(engine, contractEngine.isSimulator).finally(() => engine.stop());
  });

  const claims = entriesOf<keyof typeof METRIC_CLAIMS, MetricClaim>(METRIC_CLAIMS);
  const isAsked = ({ simulatorsOnly = false }: MetricClaim): boolean => contractEngine.isSimulator || !simulatorsOnly;
  it.each(claims.filter(([, claim]) => isAsked(claim)))("%s", (name, { read }) => {
    expect(read(exposed)).toEqual(expectedOf(contractEngine.name, name));
  });

  it("two completions are counted", () => {
    const { families } = exposed;
    const counted = ["vllm:request_success_total", "vllm:generation_tokens_total"].map((name) => total(families, name));
    expect(counted[0]).toBeGreaterThanOrEqual(2);
    expect(counted[1]).toBeGreaterThanOrEqual(2 * TOKENS);
  });
});
