import { EngineError } from "../engine-error.ts";

/** One thing that is wrong with a body's types, in the words of vLLM's validator. */
export interface Issue {
  /** Kind of fault, such as `int_type`. */
  readonly type: string;
  /** Path of the value at fault, such as `body.max_tokens`. */
  readonly loc: string;
  readonly msg: string;
  /** The value at fault. */
  readonly input: unknown;
  /** Python text of what the message was made with; left out where there is nothing. */
  readonly ctx?: string;
}

const MOST_REPORTED = 10;
const LONGEST_INPUT = 200;

/** 400 with type "Bad Request": the body, or a parameter of it, is not of the type that it should have. */
export function malformed(issues: readonly [Issue, ...Issue[]]): EngineError {
  const errors = issues.length === 1 ? "error" : "errors";
  const reported = issues.slice(0, MOST_REPORTED).map((issue) => `  ${formatIssue(issue)}`);
  const rest = issues.length - reported.length;
  if (rest > 0) reported.push(`  ...and ${rest} more ${errors}`);
  const message = [`${issues.length} validation ${errors}:`, ...reported].join("\n");
  return new EngineError(400, "Bad Request", message, issues[0].loc);
}

function formatIssue({ type, loc, msg, input, ctx }: Issue): string {
  const fields = [`'type': '${type}'`, `'loc': '${loc}'`, `'msg': '${msg}'`, `'input': ${quote(summarize(input))}`];
  return `{${[...fields, ...(ctx === undefined ? [] : [`'ctx': ${ctx}`])].join(", ")}}`;
}

function summarize(input: unknown): string {
  if (Array.isArray(input)) return `<list of ${input.length} items>`;
  if (typeof input === "object" && input !== null) return `<dict of ${Object.keys(input).length} items>`;
  if (input === null || input === undefined) return "None";
  if (typeof input === "boolean") return input ? "True" : "False";
  const text = typeof input === "string" ? input : JSON.stringify(input);
  return text.length > LONGEST_INPUT ? `${text.slice(0, LONGEST_INPUT)}...[truncated]` : text;
}

/** Python's way to write a text, for the most part. */
function quote(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r").replaceAll("\t", "\\t");
  return mark + (mark === "'" ? escaped.replaceAll("'", "\\'") : escaped) + mark;
}
