// The service of this project on a port of one's choice, set up by its environment as ever.
// Usage: node ours.ts PORT SERVER, where SERVER is the path of app/server.ts or of its bundle
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { main as runService } from "../../../app/server.ts";

const [port, server] = process.argv.slice(2);
if (port === undefined || server === undefined) throw new Error("usage: node ours.ts PORT SERVER");
const { main } = (await import(pathToFileURL(resolve(server)).href)) as { main: typeof runService };
await main(process.env, { api: Number(port), metrics: 0 });
