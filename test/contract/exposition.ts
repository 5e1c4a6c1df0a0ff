/** One sample of a Prometheus exposition. */
export interface Sample {
  /** With a histogram's `_bucket`, `_sum` or `_count`. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric with all its samples. */
export interface Family {
  readonly name: string;
  readonly type: string;
  readonly samples: readonly Sample[];
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/**
 * Reads a Prometheus exposition in text form, by the name of the metric.
 *
 * @throws Error for a line that is none
 */
export function parseExposition(text: string): ReadonlyMap<string, Family> {
  const families = new Map<string, Family & { readonly samples: Sample[] }>();
  for (const line of text.split("\n")) {
    const [, declared, type = ""] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (declared !== undefined) families.set(declared, { name: declared, type, samples: [] });
    if (line === "" || line.startsWith("#")) continue;
    const sample = parseSample(line);
    const family = families.get(sample.name) ?? families.get(sample.name.replace(/_(bucket|sum|count)$/, ""));
    if (family === undefined) throw new Error(`no TYPE before: ${line}`);
    family.samples.push(sample);
  }
  return families;
}

function parseSample(line: string): Sample {
  const [, name, labels = "", value] = SAMPLE.exec(line) ?? [];
  if (name === undefined) throw new Error(`no sample: ${line}`);
  const pairs = [...labels.matchAll(LABEL)].map(([, label = "", text = ""]) => [label, text] as const);
  return { name, labels: Object.fromEntries(pairs), value: Number(value) };
}

/** Reads what an engine exposes. @param origin `http://host:port` */
export async function scrape(origin: string): Promise<ReadonlyMap<string, Family>> {
  const response = await fetch(`${origin}/metrics`);
  return parseExposition(await response.text());
}

/** Sum of a metric's samples; 0 when there is none. */
export const total = (families: ReadonlyMap<string, Family>, name: string): number =>
  (families.get(name)?.samples ?? []).reduce((sum, { value }) => sum + value, 0);
