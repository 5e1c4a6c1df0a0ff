import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { PropertyMap } from "../rpc/property-values.ts";

/** A Pulumi program and the stack it is run for. */
export interface Program {
  /** `host:port` of the engine's resource monitor, where the program registers its resources. */
  readonly monitor: string;
  /** `host:port` of the engine itself. */
  readonly engine: string;
  readonly organization: string;
  readonly project: string;
  readonly stack: string;
  /** The directory of Pulumi.yaml. */
  readonly rootDirectory: string;
  /** The directory of the program's package.json. */
  readonly directory: string;
  /** The file or directory to run, `.` for what package.json names. */
  readonly entryPoint: string;
  /** The runtime options in Pulumi.yaml. */
  readonly options: PropertyMap;
  /** Arguments for the program itself. */
  readonly arguments: readonly string[];
  readonly dryRun: boolean;
  /** How many resources may be worked on at once. */
  readonly parallel: number;
  /** Configuration values by `namespace:name`. */
  readonly config: Readonly<Record<string, string>>;
  /** The names of the configuration values that are secret. */
  readonly secretKeys: readonly string[];
}

/** How a run ended; the error is empty if it ended well or if the user was told already. */
export interface RunResult {
  readonly error: string;
  /** Whether the user has already been told what went wrong. */
  readonly isReported: boolean;
}

/** The exit code with which the SDK's runner says that it has reported the error itself. */
const REPORTED_EXIT_CODE = 32;
const KILL_AFTER_MS = 5000;

/** The command line of the SDK's runner, as the official language host writes it. */
export function runnerArguments(program: Program): string[] {
  const named = {
    monitor: program.monitor,
    engine: program.engine,
    organization: program.organization,
    project: program.project,
    "root-directory": program.rootDirectory,
    stack: program.stack,
    pwd: program.directory,
  };
  const flags = Object.entries(named).flatMap(([name, value]) => (value === "" ? [] : [`--${name}`, value]));
  const dryRun = program.dryRun ? ["--dry-run"] : [];
  return [...flags, ...dryRun, "--parallel", String(program.parallel), program.entryPoint, ...program.arguments];
}

/**
 * The environment of the SDK's runner: the configuration, and what the runtime options ask for.
 * Throws when a runtime option has the wrong type.
 */
export function runnerEnvironment(program: Program): Record<string, string> {
  const { typescript = true, tsconfig = "" } = program.options;
  if (typeof typescript !== "boolean") throw new Error("typescript option must be a boolean");
  if (typeof tsconfig !== "string") throw new Error("tsconfigpath option must be a string");
  // The SDK's older spelling of configuration names, which the official host still writes.
  const config = Object.entries(program.config).map(([name, value]) => [name.replace(":", ":config:"), value]);
  return {
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(config)),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(program.secretKeys),
    ...(typescript ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {}),
    ...(tsconfig === "" ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: tsconfig }),
  };
}

/** Splits the runtime option `nodeargs` into arguments; quoted parts may hold blanks. Throws for other types. */
export function nodeArguments(options: PropertyMap): string[] {
  const { nodeargs = "" } = options;
  if (typeof nodeargs !== "string") throw new Error("nodeargs option must be a string");
  const words = nodeargs.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  return words.map((word) => word.replaceAll(/"([^"]*)"|'([^']*)'/g, "$1$2"));
}

/** The result of a run, from the way the runner's process ended. */
export function resultOf(code: number | null, signal: string | null): RunResult {
  if (code === 0) return { error: "", isReported: false };
  if (code === REPORTED_EXIT_CODE) return { error: "", isReported: true };
  const how = code === null ? `was ended by ${signal ?? "a signal"}` : `exited with non-zero exit code: ${code}`;
  return { error: `Program ${how}`, isReported: false };
}

/** Runs the program to its end; what it prints goes to this process's output. When the signal fires, it is interrupted. */
export async function runProgram(
  program: Program,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<RunResult> {
  let runner: string;
  try {
    runner = createRequire(join(program.directory, "package.json")).resolve("@pulumi/pulumi/cmd/run");
  } catch {
    const error = "It looks like the Pulumi SDK has not been installed. Have you run pulumi install?";
    return { error, isReported: false };
  }
  try {
    const command = [...nodeArguments(program.options), runner, ...runnerArguments(program)];
    const env = { ...environment, ...runnerEnvironment(program) };
    return await finish(spawn(process.execPath, command, { env, stdio: ["ignore", "inherit", "inherit"] }), signal);
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error), isReported: false };
  }
}

function finish(child: ChildProcess, signal: AbortSignal): Promise<RunResult> {
  const { promise, resolve, reject } = Promise.withResolvers<RunResult>();
  const interrupt = (): void => {
    child.kill("SIGINT");
    setTimeout(() => child.kill("SIGKILL"), KILL_AFTER_MS).unref();
  };
  signal.addEventListener("abort", interrupt, { once: true });
  child.once("error", reject);
  child.once("close", (code, endedBy) => {
    signal.removeEventListener("abort", interrupt);
    resolve(resultOf(code, endedBy));
  });
  return promise;
}
