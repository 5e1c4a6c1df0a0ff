import { parseArgs } from "node:util";
import { refuseSwallowedOptions } from "../../sandbox/options.ts";
import { cases, type Case } from "./cases.ts";
import { contenders } from "./contenders.ts";

/** What to measure. */
export interface Options {
  /** Names of contenders, `direct` among them, in the order to measure. */
  readonly only: readonly string[];
  readonly cases: readonly Case[];
  /** Length of a window. */
  readonly seconds: number;
  /** File for all figures as JSON. */
  readonly out: string | undefined;
  /** Whether to show where ours spends its CPU time instead. */
  readonly profile: boolean;
}

const names = ["direct", ...contenders.map(({ name }) => name)];
const caseNames = cases.map(({ name }) => name);

/** How the program is called. */
export const usage = `usage: npm run bench:proxy [-- OPTION]

  --only NAME,...   contenders: ${names.join(",")} (default: all)
  --cases NAME,...  ${caseNames.join(",")} (default: all)
  --seconds N       length of a window, 1 to 600 (default: 5)
  --out FILE        writes every figure as JSON
  --profile         instead: where this project's service spends its CPU time in each case`;

function chosen(option: string, text: string | undefined, known: readonly string[]): readonly string[] {
  const wanted = text?.split(",") ?? known;
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`${option} ${unknown.join(",")}: known are ${known.join(", ")}`);
  return known.filter((name) => wanted.includes(name));
}

/**
 * Reads the command line; `help` if that was asked for.
 *
 * @throws Error that names the faulty option
 */
export function readOptions(): Options | "help" {
  refuseSwallowedOptions(["only", "cases", "seconds", "out", "profile"]);
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({
    options: { only: text, cases: text, seconds: text, out: text, profile: flag, help: flag },
  });
  if (values.help) return "help";
  const seconds = Number(values.seconds ?? 5);
  if (!(seconds >= 1 && seconds <= 600)) throw new Error(`--seconds ${values.seconds ?? ""}: must be 1 to 600`);
  const measured = chosen("--cases", values.cases, caseNames);
  return {
    only: chosen("--only", values.only, names),
    cases: cases.filter(({ name }) => measured.includes(name)),
    seconds,
    out: values.out,
    profile: values.profile,
  };
}
