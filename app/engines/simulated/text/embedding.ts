import { randomSource } from "../random.ts";
import { splitTokens } from "./tokens.ts";

/** Numbers in each vector. */
export const EMBEDDING_LENGTH = 384;

/**
 * A vector of length 1 that depends on the model's name, the seed and the text's words: texts that share words are near
 * each other.
 */
export function embed(model: string, seed: number, text: string): Float32Array {
  const sum = new Float64Array(EMBEDDING_LENGTH);
  for (const token of splitTokens(text)) {
    const random = randomSource(`embedding ${seed} ${model} ${token.trim().toLowerCase()}`);
    for (let place = 0; place < EMBEDDING_LENGTH; place += 1) sum[place] = (sum[place] ?? 0) + random() - 0.5;
  }
  const length = Math.hypot(...sum);
  return Float32Array.from(sum, (value) => value / length);
}
