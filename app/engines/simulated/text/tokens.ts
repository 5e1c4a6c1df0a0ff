/** A word with the white space before it, any other character likewise, or white space at the end. */
const TOKEN = /\s*(?:[\p{L}\p{M}\p{N}_]+(?:['’][\p{L}\p{M}]+)*|\S)|\s+/gu;

/** Splits a text into its tokens; joined they are the text again. None for the empty text. */
export const splitTokens = (text: string): readonly string[] => text.match(TOKEN) ?? [];

/** How many tokens a text has, 0 or more. */
export const countTokens = (text: string): number => splitTokens(text).length;
