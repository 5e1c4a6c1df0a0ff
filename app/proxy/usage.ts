import { isJsonObject } from "../json.ts";

/** Token counts as an engine reports them; null where it does not. */
export interface Usage {
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
}

/** Usage of which nothing is known. */
export const UNKNOWN_USAGE: Usage = { promptTokens: null, completionTokens: null };

/** Reads `usage` of a whole answer or of a stream's chunk, parsed from JSON. */
export function usageOf(answer: unknown): Usage {
  if (!isJsonObject(answer) || !isJsonObject(answer["usage"])) return UNKNOWN_USAGE;
  const { prompt_tokens: prompt, completion_tokens: completion } = answer["usage"];
  return { promptTokens: count(prompt), completionTokens: count(completion) };
}

const count = (value: unknown): number | null =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
