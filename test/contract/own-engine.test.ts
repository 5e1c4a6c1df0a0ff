import { beforeAll, describe, expect, it } from "vitest";
import { CLIENT_CLAIMS, entriesOf } from "./claims/all.ts";
import type { Claim } from "./claims/claim.ts";
import { node } from "./clients/node.ts";
import type { Observations } from "./clients/observation.ts";
import { SCENARIOS } from "./clients/scenarios.ts";
import { SIMULATED_MODEL } from "./engines/engine.ts";
import { expectedOf } from "./known-differences.ts";
import { startService } from "./service.ts";

describe("the service that brings its own simulated engine", () => {
  let seen: Observations;
  beforeAll(async () => {
    const service = await startService(SIMULATED_MODEL);
    seen = await node.run(service.origin, SIMULATED_MODEL, SCENARIOS).finally(() => service.stop());
  });

  it.each(entriesOf<keyof typeof CLIENT_CLAIMS, Claim>(CLIENT_CLAIMS))("%s", (name, claim) => {
    expect(claim.read(seen)).toEqual(expectedOf("simulated", name));
  });
});
