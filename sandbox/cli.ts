/** `npm run sandbox -- up | down | status | shell | logs NAME`, each with an optional `--name NAME`. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { sandboxEnvironment } from "./environment.ts";
import { defaultSandbox, foldersOf } from "./folders.ts";
import { readStatus, runningSandbox } from "./identity.ts";
import { portOf } from "./names.ts";
import { refuseSwallowedOptions } from "./options.ts";
import { terminalProgress } from "./progress.ts";
import { sandboxUp } from "./sandbox.ts";
import { stopSandbox } from "./stop.ts";

const usage = `usage: npm run sandbox -- COMMAND [--name NAME]

  up              bring the sandbox up: a one-machine Kubernetes with an image registry and Istio's charts
  down            remove it with all it made; what was built stays in the cache
  status          show what runs; exit code 0 only when all is ready
  shell           open a shell in which pulumi, kubectl, helm, istioctl and crane work on it; with words after it: run them there
  logs [PROCESS]  print a process's log, or the names there are

  --name NAME     which sandbox, when there are several (default: sandbox)`;

function nameOption(name: string): string {
  return name === defaultSandbox ? "" : ` --name ${name}`;
}

function requireRunning(name: string): void {
  if (runningSandbox(foldersOf(name)) === undefined) {
    throw new Error(`the sandbox '${name}' is not running: npm run sandbox -- up${nameOption(name)}`);
  }
}

async function up(name: string): Promise<number> {
  const progress = terminalProgress();
  const { address } = await sandboxUp(name, progress);
  progress.say(
    `the sandbox '${name}' is ready: API https://${address}:${portOf("api")}, registry ${address}:${portOf("registry")}, gateway http://${address}`,
  );
  progress.say(`work on it in a shell of its own: npm run sandbox -- shell${nameOption(name)}`);
  return 0;
}

async function down(name: string): Promise<number> {
  const removed = await stopSandbox(name);
  console.log(removed ? `the sandbox '${name}' is gone` : `there is no sandbox '${name}'`);
  return 0;
}

function status(name: string): number {
  const folders = foldersOf(name);
  const identity = runningSandbox(folders);
  if (identity === undefined) {
    console.log(`the sandbox '${name}' is not running`);
    return 1;
  }
  const current = readStatus(folders);
  console.log(`sandbox '${name}' at ${identity.address}: ${current?.phase ?? "starting"}`);
  for (const { name: process, pid, restarts } of current?.processes ?? []) {
    console.log(
      `  ${process.padEnd(20)}${pid === undefined ? "not running" : "running"}${restarts > 0 ? `, restarted ${restarts} times` : ""}`,
    );
  }
  return current?.ready === true ? 0 : 1;
}

function shell(name: string, words: readonly string[]): number {
  requireRunning(name);
  const [program = process.env["SHELL"] ?? "/bin/sh", ...args] = words;
  if (words.length === 0)
    console.log(`pulumi, kubectl, helm, istioctl and crane work on the sandbox '${name}' here; leave with exit`);
  const { status: code, error } = spawnSync(program, args, {
    stdio: "inherit",
    env: { ...process.env, ...sandboxEnvironment(name) },
  });
  if (error !== undefined) throw error;
  return code ?? 1;
}

function logs(name: string, [process]: readonly string[]): number {
  const { logs: folder } = foldersOf(name);
  const names = existsSync(folder) ? readdirSync(folder).map((file) => basename(file, ".log")) : [];
  if (process !== undefined && names.includes(process)) {
    console.log(readFileSync(join(folder, `${process}.log`), "utf8"));
    return 0;
  }
  console.log(names.length > 0 ? `logs there are: ${names.join(", ")}` : `the sandbox '${name}' has no logs`);
  return process === undefined ? 0 : 1;
}

/** The words of `shell` that are its own; what follows them is a command, which may have options too. */
function ownOptions(words: readonly string[]): readonly string[] {
  if (words[0] === "--name") return words.slice(0, 2);
  return words[0]?.startsWith("--name=") === true ? words.slice(0, 1) : [];
}

async function main(argv: readonly string[]): Promise<number> {
  const [verb = "help", ...rest] = argv;
  refuseSwallowedOptions(["name"]);
  const own = verb === "shell" ? ownOptions(rest) : rest;
  const { values, positionals } = parseArgs({
    args: [...own],
    options: { name: { type: "string" } },
    allowPositionals: true,
  });
  const name = values.name ?? defaultSandbox;
  switch (verb) {
    case "up":
      return up(name);
    case "down":
      return down(name);
    case "status":
      return status(name);
    case "shell":
      return shell(name, rest.slice(own.length));
    case "logs":
      return logs(name, positionals);
    default:
      console.error(usage);
      return 2;
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
