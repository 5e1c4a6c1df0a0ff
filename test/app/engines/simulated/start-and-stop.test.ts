import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { startSimulatedEngine } from "../../../../app/engines/simulated/simulated-engine.ts";
import { start, testSettings } from "./helpers.ts";

/** How a connection attempt ends. */
const tryToConnect = (origin: string): Promise<string | undefined> =>
  new Promise((resolve) => {
    const socket = connect(Number(new URL(origin).port), "127.0.0.1", () => {
      socket.destroy();
      resolve("connected");
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code);
    });
  });

describe("starting the engine", () => {
  it("takes as long as it is told; until then connections are refused, at the address it will have", async () => {
    const { origin, engine } = await start({ startupSeconds: 0.3 });
    expect([engine.name, await tryToConnect(origin)]).toEqual(["simulated", "ECONNREFUSED"]);
    while ((await tryToConnect(origin)) === "ECONNREFUSED") await sleep(20);
    expect((await fetch(`${origin}/health`)).status).toBe(200);
  });

  it("can be given up before it is over", async () => {
    const engine = await startSimulatedEngine({ ...testSettings, startupSeconds: 0.1 });
    await engine.stop();
    await sleep(200);
    expect(await tryToConnect(engine.origin)).toBe("ECONNREFUSED");
  });

  it("fails as vLLM does when the KV cache could not hold the longest sequence", async () => {
    const tooSmall = startSimulatedEngine({ ...testSettings, kvCacheTokens: 1008, maxModelLength: 1009 });
    await expect(tooSmall).rejects.toThrow(
      new RangeError("A KV cache of 1008 tokens cannot hold a sequence of 1009: raise the first or lower the second."),
    );
  });
});

describe("stopping the engine", () => {
  it("ends what runs with abort, as vLLM does, and closes its port", async () => {
    const { complete, engine, origin } = await start({ interTokenLatencyMs: 5 });
    const stream = await complete({ prompt: "a", max_tokens: 8000, ignore_eos: true, stream: true });
    await engine.stop();
    expect(await stream.text()).toMatch(/"finish_reason":"abort".*\n\ndata: \[DONE\]\n\n$/);
    expect(await tryToConnect(origin)).toBe("ECONNREFUSED");
    await engine.stop();
  });
});
