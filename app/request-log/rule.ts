/** What stands in the place of what was removed, by its kind. */
export type Mark = "[card]" | "[email]" | "[iban]" | "[id]" | "[key]" | "[phone]";

/** A stretch of text: from index `start` up to, but without, index `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** One kind of thing to be found, in time linear in the text. */
export interface Rule {
  /** What replaces the stretches; null for those that only must not be taken for something else. */
  readonly mark: Mark | null;
  /** The stretches, in order, that do not overlap. */
  readonly find: (text: string) => readonly Span[];
}

/** A match, without what its pattern calls `kept`. */
export interface Candidate {
  /** What would be removed. */
  readonly token: string;
  /** The character after it; empty at the end of the text. */
  readonly next: string;
  /** What the pattern's named groups matched; undefined for a group that took no part. */
  readonly groups: Readonly<Record<string, string | undefined>>;
}

/** A refused token up to this length is searched for another one inside; for longer ones that could take too long. */
export const SEARCHED_INSIDE = 64;

/**
 * Makes a rule of a global pattern. What its group `kept`, at the start of the pattern, matches stays in the text.
 * `accept` has the last word on each match.
 *
 * Linear as long as the pattern is, for each place it may start at: fixed in length, or one class repeated without
 * anything required after it.
 */
export function rule(mark: Mark | null, pattern: RegExp, accept: (candidate: Candidate) => boolean = () => true): Rule {
  return {
    mark,
    find(text) {
      const spans: Span[] = [];
      pattern.lastIndex = 0;
      for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
        const groups = match.groups ?? {};
        const start = match.index + (groups["kept"]?.length ?? 0);
        const end = match.index + match[0].length;
        const accepted = accept({ token: text.slice(start, end), next: text.charAt(end), groups });
        if (accepted) spans.push({ start, end });
        else if (end - start <= SEARCHED_INSIDE) pattern.lastIndex = match.index + 1;
      }
      return spans;
    },
  };
}
