import { main } from "../../app/server.ts";

// Started as a process of its own by the tests, with --expose-gc; any message is answered with the memory really in use.
process.on("message", () => {
  globalThis.gc?.({ execution: "sync", type: "major" });
  process.send?.(process.memoryUsage().heapUsed);
});
await main(process.env, { api: 0, metrics: 0 });
