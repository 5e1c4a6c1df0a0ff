import { mean, type Figures } from "./figures.ts";
import { shown, type Row } from "./table.ts";

/** Every measured row, by the name of its case. */
export type Results = ReadonlyMap<string, readonly Row[]>;

/** Whether an aim was reached, with the figures that say so; undefined if they were not measured. */
export interface Verdict {
  readonly aim: string;
  readonly reached: boolean | undefined;
  readonly figures: string;
  /** Whether others used so much of the machine in a run that the verdict is worth little. */
  readonly disturbed: boolean;
}

/** Mean use of cores by others, from which on a run counts as disturbed. */
const disturbingCores = 0.25;

interface Aim {
  readonly text: string;
  readonly inCase: string;
  readonly figure: keyof Figures;
  /** Whom ours is compared with; without one the limit is absolute. */
  readonly rival?: string;
  /** Times the rival's figure, or the limit itself. */
  readonly limit: number;
  readonly better: "lower" | "higher";
}

const fewerCpu = (connections: number): Aim => ({
  text: `${connections} streams: CPU per chunk at most the plain pipe's`,
  inCase: `streams-${connections}`,
  figure: "cpuSecondsPerMillionChunks",
  rival: "pipe",
  limit: 1,
  better: "lower",
});
const moreRequests = (rival: string, limit: number, text: string): Aim => ({
  text: `short calls: ${text}`,
  inCase: "short-64",
  figure: "requestsPerSecond",
  rival,
  limit,
  better: "higher",
});

const aims: readonly Aim[] = [
  moreRequests("dispatch", 0.8, "requests/s at least 0.8 of raw dispatch"),
  moreRequests("envoy", 1, "requests/s ahead of Envoy"),
  moreRequests("vllm-router", 1, "requests/s ahead of vllm-router"),
  fewerCpu(64),
  fewerCpu(256),
  {
    text: "64 streams: first chunk p99 below 2.5 ms",
    inCase: "streams-64",
    figure: "firstChunkP99Ms",
    limit: 2.5,
    better: "lower",
  },
  {
    text: "256 streams: first chunk p50 at most half of the plain pipe's",
    inCase: "streams-256",
    figure: "firstChunkP50Ms",
    rival: "pipe",
    limit: 0.5,
    better: "lower",
  },
];

function judge(aim: Aim, results: Results): Verdict {
  const rows =
    results.get(aim.inCase)?.filter(({ contender }) => contender === "ours" || contender === aim.rival) ?? [];
  const figureOf = (contender: string): number | undefined =>
    mean(rows.find((row) => row.contender === contender)?.runs ?? [], aim.figure);
  const own = figureOf("ours");
  const rivals = aim.rival === undefined ? 1 : figureOf(aim.rival);
  if (own === undefined || rivals === undefined) {
    return { aim: aim.text, reached: undefined, figures: "not measured", disturbed: false };
  }
  const reached = aim.better === "lower" ? own <= rivals * aim.limit : own >= rivals * aim.limit;
  const compared = aim.rival === undefined ? "" : `, ${aim.rival} ${shown(rivals)} (×${(own / rivals).toFixed(2)})`;
  const disturbed = rows.some(({ runs }) => (mean(runs, "otherCores") ?? 0) > disturbingCores);
  return { aim: aim.text, reached, figures: `ours ${shown(own)}${compared}`, disturbed };
}

/** Judges this project's proxy, the contender `ours`, by the means of the runs. */
export function verdicts(results: Results): readonly Verdict[] {
  return aims.map((aim) => judge(aim, results));
}

/** A verdict as a line: `yes`, `no` or `?`, the aim, the figures, and whether the runs were disturbed. */
export function verdictLine({ aim, reached, figures, disturbed }: Verdict): string {
  const answer = reached === undefined ? "?  " : reached ? "yes" : "no ";
  return `${answer}  ${aim}: ${figures}${disturbed ? ", disturbed" : ""}`;
}
