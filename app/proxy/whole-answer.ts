import type { Outcome } from "../request-log/record.ts";
import { isJsonObject, parseJson, type JsonObject } from "../json.ts";
import { UNKNOWN_USAGE, usageOf, type Usage } from "./usage.ts";

/** A generation's answer that is not streamed. */
export interface WholeAnswer {
  /** What is sent to the client. */
  readonly body: Buffer;
  readonly usage: Usage;
  /** `stream_abort` when the engine gave a choice up, which it says by a finish reason under status 200. */
  readonly outcome: Extract<Outcome, "ok" | "stream_abort">;
}

/**
 * Looks at an answer of status 200. With `withText` it gains a last field `text`, the first choice's text, for scripts;
 * the engine's own bytes stay as they are. What is no JSON object passes unchanged.
 */
export function wholeAnswer(body: Buffer, withText: boolean): WholeAnswer {
  const answer = parseJson(body.toString());
  if (!isJsonObject(answer)) return { body, usage: UNKNOWN_USAGE, outcome: "ok" };
  const choices = choicesOf(answer);
  const aborted = choices.some((choice) => choice["finish_reason"] === "abort");
  const text = choices[0]?.["text"];
  return {
    body: withText && typeof text === "string" && !Object.hasOwn(answer, "text") ? addText(body, text) : body,
    usage: usageOf(answer),
    outcome: aborted ? "stream_abort" : "ok",
  };
}

function choicesOf({ choices }: JsonObject): readonly JsonObject[] {
  return Array.isArray(choices) ? choices.filter(isJsonObject) : [];
}

function addText(body: Buffer, text: string): Buffer {
  const end = body.lastIndexOf("}");
  return Buffer.concat([body.subarray(0, end), Buffer.from(`,"text":${JSON.stringify(text)}}`)]);
}
