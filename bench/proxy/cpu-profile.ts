/** A V8 CPU profile, as `node --cpu-prof` writes it; only what is read here. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  /** Id of the node that was running at each sample. */
  readonly samples: readonly number[];
  /** Microseconds before each sample since the one before. */
  readonly timeDeltas: readonly number[];
}

/** Milliseconds by name, the most first. */
export type Times = readonly (readonly [name: string, ms: number])[];

/** Where a program spent its CPU time, the time of callees not counted. */
export interface SelfTimes {
  /** All of it: what was not idle. */
  readonly busyMs: number;
  /** By package, the project's own code, Node's modules, native functions, garbage collection. */
  readonly origins: Times;
  /** By function. */
  readonly functions: Times;
}

type CallFrame = CpuProfile["nodes"][number]["callFrame"];

function origin({ url, functionName }: CallFrame): string {
  if (functionName === "(garbage collector)") return "garbage collection";
  // Node's own work between two calls of JavaScript: event loop, system calls.
  if (functionName === "(program)") return "outside JavaScript";
  if (url === "") return "native functions";
  if (url.startsWith("node:")) return "Node's own modules";
  if (url.startsWith("wasm:")) return "WebAssembly (undici's parser)";
  // The last of them, as packages may bring packages.
  const installed = /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url);
  return installed?.[1] ?? "own code";
}

function place(frame: CallFrame): string {
  const name = frame.functionName === "" ? "(anonymous)" : frame.functionName;
  const file = frame.url.split("/").slice(-2).join("/");
  return frame.url === "" ? name : `${name}  ${file}:${frame.lineNumber + 1}`;
}

function add(times: Map<string, number>, name: string, ms: number): void {
  times.set(name, (times.get(name) ?? 0) + ms);
}

const most = (times: ReadonlyMap<string, number>): Times => [...times].sort(([, a], [, b]) => b - a);

/**
 * Adds up a profile.
 *
 * @param lastMs how much of its end is read, in milliseconds
 */
export function selfTimes({ nodes, samples, timeDeltas }: CpuProfile, lastMs: number): SelfTimes {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const origins = new Map<string, number>();
  const functions = new Map<string, number>();
  let busyMs = 0;
  let readMs = 0;
  for (let index = samples.length - 1; index > 0 && readMs < lastMs; index -= 1) {
    // A sample stands for the time until the next one, whose delta that is.
    const ms = (timeDeltas[index] ?? 0) / 1000;
    const frame = frames.get(samples[index - 1] ?? 0);
    readMs += ms;
    if (frame === undefined || frame.functionName === "(idle)") continue;
    busyMs += ms;
    add(origins, origin(frame), ms);
    add(functions, place(frame), ms);
  }
  return { busyMs, origins: most(origins), functions: most(functions) };
}
