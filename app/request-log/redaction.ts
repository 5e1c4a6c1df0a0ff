import { PERSONAL_DATA_RULES } from "./personal-data-rules.ts";
import type { Mark, Rule, Span } from "./rule.ts";
import { SECRET_RULES } from "./secret-rules.ts";

/** The beginning of a redacted text. */
export interface RedactedHead {
  readonly text: string;
  /** Whether anything of the original is missing at the end. */
  readonly truncated: boolean;
}

interface Finding extends Span {
  readonly mark: Mark;
}

const RULES: readonly Rule[] = [...SECRET_RULES, ...PERSONAL_DATA_RULES];

/** What is read beyond the asked length, so that what straddles its end is recognised: longer than any real secret. */
const LOOKAHEAD = 16_384;

/**
 * Replaces what identifies people or opens doors by a mark of its kind: e-mail addresses by `[email]`, phone numbers by
 * `[phone]`, payment cards by `[card]`, national identity numbers (US, China, Korea, Brazil, France, Italy, Spain) by
 * `[id]`, bank accounts by `[iban]`, and passwords, API keys, tokens and private keys by `[key]`.
 *
 * Where a number has check digits they decide. Full-width forms, Arabic, Persian and Devanagari digits, no-break spaces
 * and typographic dashes count as their ASCII counterparts; all else stays as it is. Takes time linear in the text,
 * whatever it holds. Redacting twice changes nothing more.
 */
export const redact = (text: string): string => redactHead(text, Number.POSITIVE_INFINITY).text;

/**
 * As {@link redact}, but at most `maxCharacters` (UTF-16 code units) of it, in time that does not grow with the rest.
 * It never ends within a secret, a mark or a surrogate pair, and may be somewhat shorter than it could be.
 */
export function redactHead(text: string, maxCharacters: number): RedactedHead {
  const seen = text.slice(0, maxCharacters + LOOKAHEAD);
  const end = seen.length < text.length ? maxCharacters : text.length;
  let head = "";
  let position = 0;
  for (const finding of findings(seen)) {
    if (finding.start >= end) break;
    if (finding.start < position) continue;
    head += text.slice(position, finding.start);
    if (head.length + finding.mark.length > maxCharacters) {
      return { text: cut(head, maxCharacters), truncated: true };
    }
    head += finding.mark;
    position = finding.end;
  }
  head += text.slice(position, end);
  const truncated = end < text.length || head.length > maxCharacters;
  return { text: truncated ? cut(head, maxCharacters) : head, truncated };
}

/** In order; of those inside one another, the outer one first. */
function findings(original: string): readonly Finding[] {
  const found: Finding[] = [];
  let text = asAscii(original);
  for (const { mark, find } of RULES) {
    const spans = find(text);
    if (spans.length === 0) continue;
    text = blank(text, spans);
    if (mark === null) continue;
    for (const { start, end } of spans) found.push({ start, end, mark });
  }
  return found.sort((one, other) => one.start - other.start || other.end - one.end);
}

/** Spans look to the following rules as their marks will look to a second redaction: brackets with letters inside. */
function blank(text: string, spans: readonly Span[]): string {
  let blanked = "";
  let position = 0;
  for (const { start, end } of spans) {
    const length = end - start;
    blanked += text.slice(position, start) + (length < 3 ? "[]".slice(0, length) : `[${"x".repeat(length - 2)}]`);
    position = end;
  }
  return blanked + text.slice(position);
}

const LOOKALIKES =
  /[\u00a0\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u2000-\u200a\u2010-\u2015\u202f\u2212\u3000\uff01-\uff5e]/g;

/** Character by character, so that places in the result are places in the text. */
const asAscii = (text: string): string => text.replace(LOOKALIKES, asciiOf);

function asciiOf(character: string): string {
  const code = character.charCodeAt(0);
  if (code >= 0xff01) return String.fromCharCode(code - 0xfee0);
  if (code >= 0x2010 && code <= 0x2015) return "-";
  if (code === 0x2212) return "-";
  if (code >= 0x0966 && code <= 0x096f) return String(code - 0x0966);
  return code >= 0x0660 && code <= 0x06f9 ? String(code % 16) : " ";
}

/** Marks are whole in `text`, only what follows the last one is cut. */
function cut(text: string, length: number): string {
  const head = text.slice(0, length);
  const endsInHalfPair = /[\ud800-\udbff]$/.test(head.slice(-1));
  return endsInHalfPair ? head.slice(0, -1) : head;
}
