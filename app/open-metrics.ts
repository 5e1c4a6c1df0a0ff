import type { OpenMetricsContentType, Registry } from "prom-client";

/** What the library adds to its declared type: the name of a histogram's series, and the exemplar. */
interface Sample {
  readonly labels: Labels;
  readonly value: number;
  readonly metricName?: string;
  readonly exemplar?: Exemplar | null;
}

interface Exemplar {
  readonly labelSet: Labels;
  readonly value: number;
  readonly timestamp: number;
}

type Labels = Readonly<Record<string, string | number | undefined>>;

/**
 * All series of a registry in OpenMetrics text. The registry's own text is the same but for the order of labels; it takes
 * twice as long, during which nothing else is served.
 */
export async function openMetricsText(registry: Registry<OpenMetricsContentType>): Promise<string> {
  const quote = createQuote();
  const labelText = (labels: Labels): string => {
    let text = "";
    for (const name in labels) text += `${text === "" ? "" : ","}${name}=${quote(String(labels[name]))}`;
    return text;
  };
  let text = "";
  for (const { name, help, type, values } of await registry.getMetricsAsJSON()) {
    const isCounter = String(type) === "counter";
    const family = isCounter ? name.replace(/_total$/, "") : name;
    const series = isCounter ? `${family}_total` : name;
    text += `# HELP ${family} ${escapeText(help)}\n# TYPE ${family} ${type}\n`;
    const samples: readonly Sample[] = values;
    for (const { labels, value, metricName = series, exemplar } of samples) {
      text += `${metricName}{${labelText(labels)}} ${numberText(value)}`;
      if (exemplar) text += ` # {${labelText(exemplar.labelSet)}} ${numberText(exemplar.value)} ${exemplar.timestamp}`;
      text += "\n";
    }
  }
  return `${text}# EOF\n`;
}

/** Puts label values into quotes; each only once, since the same few are on all series. */
function createQuote(): (value: string) => string {
  const quoted = new Map<string, string>();
  return (value) => {
    const known = quoted.get(value);
    if (known !== undefined) return known;
    const added = `"${escapeText(value).replaceAll('"', '\\"')}"`;
    quoted.set(value, added);
    return added;
  };
}

const escapeText = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}
