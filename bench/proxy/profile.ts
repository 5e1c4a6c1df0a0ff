import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../../sandbox/free-port.ts";
import { ours, serverSource } from "./contenders.ts";
import { selfTimes, type CpuProfile } from "./cpu-profile.ts";
import { measure, type Target } from "./load.ts";
import type { Options } from "./options.ts";
import { startServer } from "./servers.ts";

const shownFunctions = 20;

/**
 * Loads this project's service alone, from its sources so that functions can be told apart, and prints for each case
 * where it spends its CPU time: by origin, and the functions with the most.
 */
export async function profileOurs(options: Options, program: string, engine: Target, folder: string): Promise<void> {
  for (const load of options.cases) {
    const place = { port: await freePort(), engine: `http://127.0.0.1:${engine.port}`, key: engine.key, folder };
    const profiles = join(folder, load.name);
    const command = ours(place, serverSource, ["--cpu-prof", `--cpu-prof-dir=${profiles}`]);
    const server = await startServer(command, place.port, place.key, join(folder, `${load.name}.log`));
    await measure(program, { ...engine, port: server.port, proxyPid: server.pid }, load, options.seconds);
    await server.stop();
    const [file] = await readdir(profiles);
    if (file === undefined) throw new Error("Node wrote no profile: was the service killed?");
    const profile = JSON.parse(await readFile(join(profiles, file), "utf8")) as CpuProfile;
    // The window, and a little of what came before and after.
    const { busyMs, origins, functions } = selfTimes(profile, (options.seconds + 1) * 1000);
    const line = ([name, ms]: readonly [string, number]): string =>
      `${((ms / busyMs) * 100).toFixed(1).padStart(6)} %  ${name}`;
    console.log(`\n### ${load.title}: ${Math.round(busyMs)} ms busy\n`);
    console.log([...origins.map(line), "", ...functions.slice(0, shownFunctions).map(line)].join("\n"));
  }
}
