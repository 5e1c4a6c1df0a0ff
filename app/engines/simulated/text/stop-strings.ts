/** What an answer shows after a token. */
export interface Released {
  /** Text that cannot be the beginning of a stop string any more. */
  readonly text: string;
  /** The stop string that has just been completed; null when none has. */
  readonly stop: string | null;
}

/** Watches one answer for stop strings. */
export interface StopFilter {
  /** Takes the next token; what it completes counts only when `armed`. Not to be called after a stop. */
  push(token: string, armed: boolean): Released;
  /** The text that is still held back, for the answer's end. */
  rest(): string;
}

/**
 * Creates the filter of one answer, with vLLM's rules: the stop string that is complete first wins, of several the one
 * that is earlier in `stops`, none of which may be empty. The answer ends before it, or with `include` after it. Unless
 * `include`, the last characters are held back as long as they could begin a stop string by their number.
 */
export function createStopFilter(stops: readonly string[], include: boolean): StopFilter {
  const reach = Math.max(0, ...stops.map((stop) => stop.length - 1));
  // The end of the answer as far as a stop string can reach back, of which `shown` characters have been shown.
  let tail = "";
  let shown = 0;
  return {
    push(token, armed) {
      const match = armed ? findEarliest(tail + token, stops, tail.length) : undefined;
      tail += token;
      if (match !== undefined) {
        return { text: tail.slice(shown, include ? match.end : match.start), stop: tail.slice(match.start, match.end) };
      }
      const end = include ? tail.length : wholeCharacters(tail, Math.max(shown, tail.length - reach));
      const text = tail.slice(shown, end);
      const forgotten = Math.min(end, Math.max(0, tail.length - reach));
      tail = tail.slice(forgotten);
      shown = end - forgotten;
      return { text, stop: null };
    },
    rest: () => tail.slice(shown),
  };
}

interface Match {
  readonly start: number;
  readonly end: number;
}

/** The first match that ends behind `from`. */
function findEarliest(text: string, stops: readonly string[], from: number): Match | undefined {
  let earliest: Match | undefined;
  for (const stop of stops) {
    const start = text.indexOf(stop, Math.max(0, from - stop.length + 1));
    const end = start + stop.length;
    if (start !== -1 && end < (earliest?.end ?? Infinity)) earliest = { start, end };
  }
  return earliest;
}

/** `end`, or one less where it would split a surrogate pair. */
function wholeCharacters(text: string, end: number): number {
  return (text.codePointAt(end - 1) ?? 0) > 0xffff ? end - 1 : end;
}
