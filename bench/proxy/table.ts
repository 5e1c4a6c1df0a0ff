import { mean, type Figures } from "./figures.ts";

/** The runs of one contender in one case. */
export interface Row {
  readonly contender: string;
  readonly runs: readonly Figures[];
}

type Column = readonly [heading: string, figure: keyof Figures];

const streamColumns: readonly Column[] = [
  ["first chunk p50 ms", "firstChunkP50Ms"],
  ["first chunk p99 ms", "firstChunkP99Ms"],
  ["chunks/s", "chunksPerSecond"],
  ["stream p50 ms", "wholeP50Ms"],
  ["chunks/read", "chunksPerRead"],
  ["proxy CPU s/1M chunks", "cpuSecondsPerMillionChunks"],
];
const shortColumns: readonly Column[] = [
  ["requests/s", "requestsPerSecond"],
  ["p50 ms", "wholeP50Ms"],
  ["p99 ms", "wholeP99Ms"],
  ["proxy CPU ms/request", "cpuMsPerRequest"],
];
const commonColumns: readonly Column[] = [
  ["proxy cores", "proxyCores"],
  ["RSS MB", "residentMegabytes"],
];
/** What says how far the run may be trusted; not to be compared. */
const conditions: readonly Column[] = [
  ["engine+client cores", "loadCores"],
  ["other cores", "otherCores"],
];

/** A number as a table shows it: three digits that count, thousands as k, `-` for none. */
export function shown(value: number | undefined): string {
  if (value === undefined) return "-";
  const [scaled, unit] = value >= 10_000 ? [value / 1000, "k"] : [value, ""];
  const decimals = scaled >= 100 ? 0 : scaled >= 10 ? 1 : 2;
  return scaled.toFixed(decimals) + unit;
}

function cell(row: Row, base: Row | undefined, figure: keyof Figures): string {
  const own = mean(row.runs, figure);
  const others = base === undefined ? undefined : mean(base.runs, figure);
  const values = row.runs.map((run) => shown(run[figure])).join(" / ");
  if (own === undefined || others === undefined || others === 0) return values;
  return `${values} (×${(own / others).toFixed(2)})`;
}

function marks({ runs }: Row): string {
  const sum = (figure: "failed" | "cut"): number => runs.reduce((total, run) => total + run[figure], 0);
  const faults = (["failed", "cut"] as const).filter((fault) => sum(fault) > 0);
  return faults.map((fault) => ` (!${sum(fault)} ${fault})`).join("");
}

/**
 * A Markdown table: a line for each contender, each cell with the value of every run and the ratio of their mean to the
 * base's. A contender with failed or cut calls is marked.
 *
 * @param stream which columns: those of streams or of short calls
 * @param base name of the contender that is ×1.00; without its row there are no ratios
 */
export function table(rows: readonly Row[], stream: boolean, base: string): string {
  const compared = [...(stream ? streamColumns : shortColumns), ...commonColumns];
  const baseRow = rows.find(({ contender }) => contender === base);
  const lines = [
    ["", ...[...compared, ...conditions].map(([heading]) => heading)],
    ...rows.map((row) => [
      row.contender + marks(row),
      ...compared.map(([, figure]) => cell(row, baseRow, figure)),
      ...conditions.map(([, figure]) => cell(row, undefined, figure)),
    ]),
  ];
  const widths = lines[0]?.map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0))) ?? [];
  const drawn = lines.map((line) => `| ${line.map((text, index) => text.padEnd(widths[index] ?? 0)).join(" | ")} |`);
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [drawn[0], rule, ...drawn.slice(1)].join("\n");
}
