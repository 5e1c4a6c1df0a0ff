import { randomSource } from "../random.ts";
import { uselessSentence, usefulParagraph } from "./sentences.ts";
import { splitTokens } from "./tokens.ts";
import { findTopics } from "./topics.ts";

/** What an answer depends on. */
export interface AnswerSource {
  /** Everything that is drawn is drawn from this: the same key gives the same answer. */
  readonly key: string;
  /** The text to answer. */
  readonly question: string;
  /** White space before the first word, where the answer continues a text. */
  readonly indent: "" | " ";
  /** Share of good sentences, 0 to 1; also the chance of an answer that is not cut short. */
  readonly quality: number;
}

/** The text of one answer, a token at a time. */
export interface Answer {
  /** The next token; null where the text ends by itself. After that it begins another paragraph. */
  next(): string | null;
}

/** A paragraph that is cut short has so many sentences, of which this share is left: it ends in the middle of one. */
const CUT_SENTENCES = 3;
const CUT_SHARE = 0.6;

/** Starts an answer of some 40 to 170 tokens; a bad one is shorter. */
export function createAnswer({ key, question, indent, quality }: AnswerSource): Answer {
  const random = randomSource(key);
  const topics = findTopics(question);
  // The same one each time: what is bad about a bad answer is that it repeats itself, too.
  const nonsense = uselessSentence(random);
  const paragraph = (before: string): readonly string[] => {
    const sentences = usefulParagraph(random, topics).map((useful) => (random() < quality ? useful : nonsense));
    const isWhole = random() < quality;
    const tokens = splitTokens(before + sentences.slice(0, isWhole ? undefined : CUT_SENTENCES).join(" "));
    return isWhole ? tokens : tokens.slice(0, Math.ceil(tokens.length * CUT_SHARE));
  };
  let tokens = paragraph(indent);
  let position = 0;
  return {
    next() {
      const token = tokens[position];
      position += 1;
      if (token !== undefined) return token;
      tokens = paragraph("\n\n");
      position = 0;
      return null;
    },
  };
}
