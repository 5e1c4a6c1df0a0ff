import { createHash } from "node:crypto";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import type { Engine, FinishReason, GeneratedToken, GenerationRequest } from "./engine.ts";

/** How the simulated engine answers. */
export interface SimulatedEngineOptions {
  /** Release version: the same prompt gets another text from another version. */
  readonly version: string;
  /** Wait before the first token, in milliseconds, 0 or more. */
  readonly timeToFirstTokenMs: number;
  /** Wait between two tokens of a choice, in milliseconds, 0 or more. */
  readonly interTokenLatencyMs: number;
}

const MAX_MODEL_LENGTH = 8192;
const SHORTEST_ANSWER = 32;
const LONGEST_ANSWER = 256;
const WORDS = (
  "the a each every some model answer prompt token river garden window paper letter signal morning winter city " +
  "carries follows holds opens reads returns finds keeps turns measures quiet bright early steady simple gentle " +
  "under over near with without before after and or then while slowly often again here there"
).split(" ");

/**
 * An engine that needs no accelerator. Its text depends only on version, prompt, seed and choice, so an answer can be
 * repeated on any replica; its pace is given by the options. A token is a word with the white space before it. An answer
 * ends by itself after 32 to 256 tokens, drawn in the same way as its words.
 */
export function createSimulatedEngine(options: SimulatedEngineOptions): Engine {
  return {
    name: "simulated",
    maxModelLength: MAX_MODEL_LENGTH,
    countTokens: countWords,
    generate: (request, signal) => generate(options, request, signal),
  };
}

function countWords(text: string): number {
  const word = /\S+/g;
  let count = 0;
  while (word.test(text)) count += 1;
  return Math.max(count, 1);
}

async function* generate(
  options: SimulatedEngineOptions,
  request: GenerationRequest,
  signal: AbortSignal,
): AsyncGenerator<GeneratedToken> {
  const firstTokenAt = performance.now() + options.timeToFirstTokenMs;
  let unfinished = startChoices(options.version, request);
  for (let step = 0; unfinished.length > 0; step += 1) {
    // Each step is due on an absolute clock, so that late timers do not add up over a long answer.
    await waitUntil(firstTokenAt + step * options.interTokenLatencyMs, signal);
    const stillUnfinished: Choice[] = [];
    for (const choice of unfinished) {
      const token = choice();
      yield token;
      if (token.finishReason === null) stillUnfinished.push(choice);
    }
    unfinished = stillUnfinished;
  }
}

async function waitUntil(time: number, signal: AbortSignal): Promise<void> {
  const delay = time - performance.now();
  // Without a delay still let the event loop turn: otherwise a disconnect could not be noticed.
  await (delay > 0 ? sleep(delay, undefined, { signal }) : nextTurn(undefined, { signal }));
}

/** Generates the next token of one choice. */
type Choice = () => GeneratedToken;

function startChoices(version: string, request: GenerationRequest): Choice[] {
  return request.prompts.flatMap((prompt, promptIndex) => {
    const key = hash(`${version}\n${request.seed ?? "none"}\n${prompt}`);
    return Array.from({ length: request.choicesPerPrompt }, (_, k) =>
      startChoice(promptIndex * request.choicesPerPrompt + k, randomSource(key + k), request),
    );
  });
}

function startChoice(choice: number, random: () => number, request: GenerationRequest): Choice {
  const ownLength = SHORTEST_ANSWER + Math.floor(random() * (LONGEST_ANSWER - SHORTEST_ANSWER + 1));
  const stopsAt = request.ignoreEndOfText ? Infinity : ownLength;
  let count = 0;
  return () => {
    const word = WORDS[Math.floor(random() * WORDS.length)] ?? "";
    count += 1;
    const finishReason = finishAt(count, stopsAt, request.maxTokens);
    return { choice, text: ` ${word}${finishReason === "stop" ? "." : ""}`, finishReason };
  };
}

function finishAt(count: number, stopsAt: number, maxTokens: number): FinishReason | null {
  if (count === stopsAt) return "stop";
  return count === maxTokens ? "length" : null;
}

function hash(text: string): number {
  return createHash("sha256").update(text).digest().readUInt32LE(0);
}

/** Mulberry32: a small generator of numbers in [0, 1), the same for the same seed on every machine. */
function randomSource(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
