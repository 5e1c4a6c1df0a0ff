import { main } from "../../app/server.ts";

// Started as a process of its own by the tests; the log line on standard output tells the ports.
await main(process.env, { api: 0, metrics: 0 });
