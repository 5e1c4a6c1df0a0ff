import { beforeAll, describe, expect, it } from "vitest";
import { CLIENT_CLAIMS, entriesOf } from "./claims/all.ts";
import type { Claim } from "./claims/claim.ts";
import { EMBEDDING_CLAIMS } from "./claims/models.ts";
import { CLIENTS } from "./clients/all.ts";
import type { Client, Observations } from "./clients/observation.ts";
import { SCENARIOS } from "./clients/scenarios.ts";
import { ENGINES } from "./engines/all.ts";
import { expectedOf } from "./known-differences.ts";
import { startStand } from "./stand.ts";

describe.each(ENGINES)("behind the service, $name", (contractEngine) => {
  let seenBy: ReadonlyMap<Client, Observations>;
  beforeAll(async () => {
    const { engine, service, stop } = await startStand(contractEngine);
    const run = async (client: Client) => [client, await client.run(service.origin, engine.model, SCENARIOS)] as const;
    seenBy = new Map(await Promise.all(CLIENTS.map(run)).finally(stop));
  });

  describe.each(CLIENTS)("through the official client for $name", (client) => {
    // A vLLM that generates text has no embeddings.
    const embedding = contractEngine.isSimulator
      ? entriesOf<keyof typeof EMBEDDING_CLAIMS, Claim>(EMBEDDING_CLAIMS)
      : [];
    it.each([...entriesOf<keyof typeof CLIENT_CLAIMS, Claim>(CLIENT_CLAIMS), ...embedding])("%s", (name, claim) => {
      const seen = seenBy.get(client);
      if (seen === undefined) throw new Error(`nothing was seen through ${client.name}`);
      expect(claim.read(seen)).toEqual(expectedOf(contractEngine.name, name));
    });
  });
});
