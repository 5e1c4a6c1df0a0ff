import { unacceptable } from "../engine-error.ts";
import { hashText } from "../random.ts";
import { splitTokens } from "./tokens.ts";

/** Token ids are below this. */
const VOCABULARY_SIZE = 2 ** 48;

/** How many tokens are remembered; the oldest are forgotten first. */
const REMEMBERED_TOKENS = 100_000;

/** Throws a 400 when a number is no token's. */
export function checkTokenIds(ids: readonly number[]): void {
  const unknown = ids.find((id) => id >= VOCABULARY_SIZE);
  if (unknown !== undefined) throw unacceptable(`Token id ${unknown} is out of vocabulary`);
}

/** Tokens by number, for clients that send or ask for token ids. */
export interface Vocabulary {
  /** The ids of a text's tokens, the same on every engine. */
  ids(text: string): readonly number[];
  /** The text of those ids: what this engine has numbered before, and a made-up word for any other id. */
  text(ids: readonly number[]): string;
}

/** Creates the vocabulary of one engine. */
export function createVocabulary(): Vocabulary {
  const remembered = new Map<number, string>();
  const remember = (token: string): number => {
    const id = hashText(token);
    remembered.set(id, token);
    if (remembered.size > REMEMBERED_TOKENS) forgetOldest(remembered);
    return id;
  };
  return {
    ids: (text) => splitTokens(text).map(remember),
    text: (ids) => ids.map((id) => remembered.get(id) ?? ` t${id}`).join(""),
  };
}

function forgetOldest(remembered: Map<number, string>): void {
  for (const id of remembered.keys()) {
    remembered.delete(id);
    return;
  }
}
