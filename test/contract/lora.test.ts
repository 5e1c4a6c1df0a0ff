import { beforeAll, describe, expect, it } from "vitest";
import { entriesOf } from "./claims/all.ts";
import { LORA_STEPS } from "./claims/lora.ts";
import { SIMULATORS } from "./engines/all.ts";
import type { Json } from "./json.ts";
import { expectedOf } from "./known-differences.ts";
import { startStand } from "./stand.ts";

describe.each(SIMULATORS)("adapters of $name", (contractEngine) => {
  const seen = new Map<string, Json>();
  beforeAll(async () => {
    const { engine, service, stop } = await startStand(contractEngine);
    const targets = { engine: engine.origin, service: service.origin };
    for (const [name, step] of entriesOf(LORA_STEPS)) seen.set(name, await step.take(targets));
    return stop;
  });

  it.each(entriesOf(LORA_STEPS))("%s", (name) => {
    expect(seen.get(name)).toEqual(expectedOf(contractEngine.name, name));
  });
});
