import { unacceptable } from "../engine-error.ts";
import type { Fields } from "./fields.ts";
import { anyNumber, flag, wholeNumber, wholeNumberWithin, type Convert } from "./values.ts";

/** How sequences are to be generated. The penalties, `topP`, `topK` and `minP` are checked and have no effect. */
export interface Sampling {
  /** Sequences of each prompt. */
  readonly n: number;
  readonly seed: number | null;
  /** 0: greedy, so that only one answer can come. */
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
  readonly minP: number;
  readonly presencePenalty: number;
  readonly frequencyPenalty: number;
  readonly repetitionPenalty: number;
  readonly minTokens: number;
  /** Texts at which an answer ends. */
  readonly stops: readonly string[];
  /** Whether such a text is shown. */
  readonly includeStop: boolean;
  /** Whether an answer goes on after its own end. */
  readonly ignoreEnd: boolean;
}

const MOST_STOPS = 4;
const MOST_SEQUENCES = 16_384;
const SEED_LIMIT = 2 ** 63;
const NO_SEED = -1;
/** Temperatures below are 0 to vLLM. */
const GREEDY_BELOW = 1e-5;

/** Reads the sampling parameters of a body; `n` was read before, since only one of the routes takes null for it. */
export function readSampling(fields: Fields, n: number): Sampling {
  const seed = fields.readOptional("seed", wholeNumberWithin(-SEED_LIMIT, SEED_LIMIT), NO_SEED);
  return {
    n,
    seed: seed === NO_SEED ? null : seed,
    temperature: fields.readOptional("temperature", anyNumber, 1),
    topP: fields.readOptional("top_p", anyNumber, 1),
    topK: fields.readOptional("top_k", wholeNumber, 0),
    minP: fields.readOptional("min_p", anyNumber, 0),
    presencePenalty: fields.readOptional("presence_penalty", anyNumber, 0),
    frequencyPenalty: fields.readOptional("frequency_penalty", anyNumber, 0),
    repetitionPenalty: fields.readOptional("repetition_penalty", anyNumber, 1),
    minTokens: fields.read("min_tokens", wholeNumber, 0),
    stops: fields.readOptional("stop", stopTexts, []),
    includeStop: fields.read("include_stop_str_in_output", flag, false),
    ignoreEnd: fields.read("ignore_eos", flag, false),
  };
}

const stopTexts: Convert<readonly string[]> = (value) => {
  const stops: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (stops.length > MOST_STOPS) {
    const msg = `List should have at most ${MOST_STOPS} items after validation, not ${stops.length}`;
    return { misfit: { type: "too_long", msg } };
  }
  if (stops.every((stop) => typeof stop === "string")) return { value: stops };
  return { misfit: { type: "string_type", msg: "Input should be a valid string" } };
};

/** Whether only one answer can come. */
export const isGreedy = ({ temperature }: Sampling): boolean => temperature < GREEDY_BELOW;

/** Checks the values, for answers of at most `maxTokens` tokens; throws a 400 for the first that cannot be served. */
export function checkSampling(sampling: Sampling, maxTokens: number): void {
  for (const [isGood, message, param, value] of rules(sampling, maxTokens)) {
    if (!isGood) throw unacceptable(`${message}, got ${value}.`, param, param === null ? undefined : value);
  }
  if (sampling.stops.includes("")) throw unacceptable("stop cannot contain an empty string.");
  if (isGreedy(sampling) && sampling.n > 1) {
    throw unacceptable(`n must be 1 when using greedy sampling, got ${sampling.n}.`);
  }
}

type Rule = readonly [isGood: boolean, message: string, param: string | null, value: number];

const rules = (s: Sampling, maxTokens: number): readonly Rule[] => [
  [s.n >= 1, "n must be at least 1", null, s.n],
  [s.n <= MOST_SEQUENCES, `n must be at most ${MOST_SEQUENCES}`, null, s.n],
  [within(s.presencePenalty, -2, 2), "presence_penalty must be in [-2, 2]", null, s.presencePenalty],
  [within(s.frequencyPenalty, -2, 2), "frequency_penalty must be in [-2, 2]", null, s.frequencyPenalty],
  [s.repetitionPenalty > 0, "repetition_penalty must be greater than zero", null, s.repetitionPenalty],
  [s.temperature >= 0, "temperature must be non-negative", "temperature", s.temperature],
  [s.temperature <= 2, "temperature must be in [0, 2]", "temperature", s.temperature],
  [s.topP > 0 && s.topP <= 1, "top_p must be in (0, 1]", "top_p", s.topP],
  [s.topK >= -1, "top_k must be 0 (disable), or at least 1", null, s.topK],
  [within(s.minP, 0, 1), "min_p must be in [0, 1]", null, s.minP],
  [maxTokens >= 1, "max_tokens must be at least 1", "max_tokens", maxTokens],
  [s.minTokens >= 0, "min_tokens must be greater than or equal to 0", null, s.minTokens],
  [s.minTokens <= maxTokens, `min_tokens must be less than or equal to max_tokens=${maxTokens}`, null, s.minTokens],
];

const within = (value: number, least: number, most: number): boolean => value >= least && value <= most;
