import { hash } from "node:crypto";

/** A whole number below 2^48 that stands for a text, the same on every machine. */
export const hashText = (text: string): number => hash("sha256", text, "buffer").readUIntLE(0, 6);

/** Mulberry32 over the text's hash: numbers in [0, 1), the same sequence for the same text on every machine. */
export function randomSource(text: string): () => number {
  let state = hashText(text) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Picks one of `choices`, which must not be empty. */
export function pick<T>(random: () => number, choices: readonly [T, ...T[]]): T {
  return choices[Math.floor(random() * choices.length)] ?? choices[0];
}

/** The same items in a drawn order. */
export function shuffle<T>(random: () => number, items: readonly T[]): readonly T[] {
  const drawn = items.map((item) => ({ item, place: random() }));
  return drawn.sort((a, b) => a.place - b.place).map(({ item }) => item);
}
