import { parser } from "@prometheus-io/lezer-promql";

/** One use of a metric in a query. */
export interface MetricUse {
  readonly metric: string;
  /** Labels that its selector names. */
  readonly labels: readonly string[];
}

/** Grafana's variables stand where PromQL wants a duration or text. */
const concrete = (expr: string): string => expr.replaceAll("$__rate_interval", "5m");

/** The metrics that a query selects, each with the labels by which it does; throws when it is no PromQL. */
export function metricsIn(expr: string): readonly MetricUse[] {
  const text = concrete(expr);
  const uses: { metric: string; labels: string[] }[] = [];
  parser.parse(text).iterate({
    enter: ({ name, from, to, type, node }) => {
      if (type.isError) throw new Error(`no PromQL at "${text.slice(from, from + 20)}": ${text}`);
      if (name === "VectorSelector") uses.push({ metric: "", labels: [] });
      const use = uses.at(-1);
      if (use === undefined) return;
      if (name === "Identifier" && use.metric === "") use.metric = text.slice(from, to);
      if (name === "LabelName" && node.parent?.name !== "GroupingLabels") use.labels.push(text.slice(from, to));
    },
  });
  return uses;
}

/** The labels by which a query groups or matches, in any of its clauses, without those that it makes itself. */
export function groupingLabels(expr: string): readonly string[] {
  const made = [...expr.matchAll(/label_replace\(.*?, "(\w+)", "\$1"/g)].map(([, label]) => label);
  const clauses = expr.matchAll(/\b(?:by|on|ignoring|group_left|group_right|without) *\(([^)]*)\)/g);
  return [...clauses]
    .flatMap(([, labels = ""]) => labels.split(",").map((label) => label.trim()))
    .filter((label) => label !== "" && !made.includes(label));
}
