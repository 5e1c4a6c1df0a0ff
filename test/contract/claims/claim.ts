import type { Observation, Observations } from "../clients/observation.ts";
import { member, members, text, type Json, type JsonObject } from "../json.ts";

/** Something that a user of vLLM's API can rely on, whichever client they use. */
export interface Claim {
  /** What vLLM 0.33 behind the service gives. */
  readonly expected: Json;
  /** The same as it was seen. */
  readonly read: (seen: Observations) => Json;
}

/** The first choice of a whole answer. */
export const firstChoice = ({ answer }: Observation): JsonObject => members(answer, "choices")[0] ?? {};

/** The text of every choice of a whole answer to a completion or a chat. */
export const textsOf = ({ answer }: Observation): readonly Json[] =>
  members(answer, "choices").map((choice) => choice["text"] ?? member(choice, "message")["content"] ?? null);

/** A choice's part of one chunk of a stream. */
export interface Piece {
  readonly index: Json;
  readonly text: string;
  readonly finishReason: Json;
}

/** All pieces of a stream, in the order in which they came. */
export const piecesOf = ({ chunks = [] }: Observation): readonly Piece[] =>
  chunks.flatMap((chunk) =>
    members(chunk, "choices").map((choice) => {
      const piece = text(choice["text"] ?? member(choice, "delta")["content"]);
      return { index: choice["index"] ?? null, text: piece, finishReason: choice["finish_reason"] ?? null };
    }),
  );

/** The whole text that a stream says, all choices together. */
export const streamedText = (seen: Observation): string =>
  piecesOf(seen)
    .map((piece) => piece.text)
    .join("");

/** How each choice of a stream ended: its finish reasons, of which there is to be one, on its last piece. */
export function endingsOf(seen: Observation): Json {
  const pieces = piecesOf(seen);
  const indices = [...new Set(pieces.map(({ index }) => index))].sort();
  return indices.map((index) => {
    const own = pieces.filter((piece) => piece.index === index);
    const reasons = own.map(({ finishReason }) => finishReason).filter((reason) => reason !== null);
    return { index, reasons, last: own.at(-1)?.finishReason ?? null };
  });
}

/** Usage, with the prompt's tokens, which are the model's to count, left to what can be said of any model. */
export function countsOf(usage: JsonObject): Json {
  const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total } = usage;
  return {
    completion_tokens: completion ?? null,
    prompt: Number(prompt) > 0,
    adds_up: total === Number(prompt) + Number(completion),
  };
}

/** Whether a stop string that was asked for is in a text. */
export const hasStop = (shown: string, stops: readonly string[]): boolean => stops.some((stop) => shown.includes(stop));
