/** One line of an exposition. */
export interface Series {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
  /** Trace id of its exemplar, undefined without one. */
  readonly traceId: string | undefined;
}

const LABEL = String.raw`\w+="(?:[^"\\\n]|\\[\\"n])*"`;
const LABELS = `\\{((?:${LABEL}(?:,(?=\\w))?)*)\\}`;
const NUMBER = String.raw`-?[\d.e+-]+|NaN|[+-]Inf`;
const LINE = new RegExp(`^(\\w+)${LABELS} (${NUMBER})(?: # \\{trace_id="(\\w+)"\\} [\\d.e+-]+ \\d+(?:\\.\\d+)?)?$`);

/** Reads OpenMetrics text; throws on what is none. */
export function parseExposition(text: string): readonly Series[] {
  const [end, ...lines] = text.trimEnd().split("\n").reverse();
  if (end !== "# EOF" || !text.endsWith("\n")) throw new Error("the text does not end with # EOF and a line feed");
  return lines
    .reverse()
    .filter((line) => !/^# (?:HELP|TYPE) \w+ ./.test(line))
    .map(parseLine);
}

function parseLine(line: string): Series {
  const match = LINE.exec(line);
  if (match === null) throw new Error(`no OpenMetrics: ${line}`);
  const [, name = "", labels = "", value = "", traceId] = match;
  const pairs = [...labels.matchAll(new RegExp(LABEL, "g"))].map(([pair]): [string, string] => {
    const separator = pair.indexOf("=");
    return [pair.slice(0, separator), unescape(pair.slice(separator + 2, -1))];
  });
  const unique = new Map(pairs);
  if (unique.size !== pairs.length) throw new Error(`a label is there twice: ${line}`);
  return { name, labels: unique, value: Number(value.replace("Inf", "Infinity")), traceId };
}

const unescape = (text: string): string => text.replace(/\\(.)/g, (_, sign: string) => (sign === "n" ? "\n" : sign));

/** Name and labels in the order of their names, `version` left out, as a key to compare by. */
export function keyOf({ name, labels }: Series): string {
  const sorted = [...labels].filter(([label]) => label !== "version").sort(([a], [b]) => (a < b ? -1 : 1));
  return `${name}{${sorted.map(([label, value]) => `${label}="${value}"`).join(",")}}`;
}
