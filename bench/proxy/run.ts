/** `npm run bench:proxy`: this project's service and other proxies in front of a streaming server, side by side. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { availableParallelism, cpus, release, tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../sandbox/free-port.ts";
import { buildLoad } from "./cache.ts";
import type { Case } from "./cases.ts";
import { contenders } from "./contenders.ts";
import { figuresOf } from "./figures.ts";
import { measure, startEngine, type Target } from "./load.ts";
import { readOptions, usage, type Options } from "./options.ts";
import { profileOurs } from "./profile.ts";
import { startServer, stopServers, stopServersAtExit } from "./servers.ts";
import { table, type Row } from "./table.ts";
import { verdictLine, verdicts } from "./verdict.ts";

/** What became of the contenders. */
interface Field {
  /** The ones that answer, in the order to measure. */
  readonly targets: ReadonlyMap<string, Target>;
  /** Lines that say why others do not take part. */
  readonly missing: readonly string[];
  /** Whether one that is installed did not start. */
  readonly broken: boolean;
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function startField(names: readonly string[], engine: Target, folder: string): Promise<Field> {
  const targets = new Map(names.includes("direct") ? [["direct", engine]] : []);
  const missing: string[] = [];
  let broken = false;
  for (const { name, install, command } of contenders.filter((contender) => names.includes(contender.name))) {
    console.error(`starting ${name}`);
    try {
      await install?.();
    } catch (error) {
      missing.push(`${name} not available: ${reason(error)}`);
      continue;
    }
    try {
      const place = { port: await freePort(), engine: `http://127.0.0.1:${engine.port}`, key: engine.key, folder };
      const server = await startServer(await command(place), place.port, place.key, join(folder, `${name}.log`));
      targets.set(name, { ...engine, port: server.port, proxyPid: server.pid });
    } catch (error) {
      broken = true;
      missing.push(`${name} broken: ${reason(error)}`);
    }
  }
  return { targets, missing, broken };
}

/** Measures every target twice, there and back again, so that a drift of the machine hits all alike. */
async function measureCase(program: string, load: Case, targets: Field["targets"], seconds: number): Promise<Row[]> {
  const rows = [...targets].map(([contender, target]) => ({ contender, target, runs: [] as Row["runs"] }));
  for (const row of [...rows, ...rows.toReversed()]) {
    console.error(`${load.name}: ${row.contender}`);
    const measurement = await measure(program, row.target, load, seconds);
    for (const fault of measurement.faults ?? []) console.error(`  failed: ${fault}`);
    row.runs = [...row.runs, figuresOf(measurement)];
  }
  return rows.map(({ contender, runs }) => ({ contender, runs }));
}

async function compare(options: Options, program: string, engine: Target, folder: string): Promise<void> {
  const { targets, missing, broken } = await startField(options.only, engine, folder);
  const results = new Map<string, readonly Row[]>();
  for (const load of options.cases) {
    const rows = await measureCase(program, load, targets, options.seconds);
    results.set(load.name, rows);
    console.log(`\n### ${load.title}\n\n${table(rows, load.stream, load.base)}`);
  }
  const judged = verdicts(results);
  console.log(["", ...judged.map(verdictLine), ...missing].join("\n"));
  if (options.out !== undefined) {
    const machine = {
      processor: cpus()[0]?.model,
      cores: availableParallelism(),
      kernel: release(),
      node: process.version,
    };
    const report = {
      machine,
      seconds: options.seconds,
      results: Object.fromEntries(results),
      verdicts: judged,
      missing,
    };
    await writeFile(options.out, `${JSON.stringify(report, undefined, 2)}\n`);
  }
  const failed = [...results.values()].flat().some(({ runs }) => runs.some((run) => run.failed > 0));
  if (broken || failed) process.exitCode = 1;
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options === "help") {
    console.log(usage);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "bench-proxy-"));
  process.on("exit", () => {
    rmSync(folder, { recursive: true, force: true });
  });
  stopServersAtExit();
  const program = await buildLoad();
  const { port, pid } = await startEngine(program, join(folder, "engine.log"));
  const engine = { port, proxyPid: -1, enginePid: pid, key: `sk-${randomBytes(16).toString("hex")}` };
  await (options.profile ? profileOurs : compare)(options, program, engine, folder);
}

try {
  await main();
} catch (error) {
  console.error(reason(error));
  process.exitCode = 1;
} finally {
  await stopServers();
}
