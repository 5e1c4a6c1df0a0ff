import { rule, SEARCHED_INSIDE, type Candidate, type Rule, type Span } from "./rule.ts";

const hasLetter = (text: string): boolean => /[A-Za-z]/.test(text);
const hasDigit = (text: string): boolean => /\d/.test(text);
const isMixed = (text: string): boolean => hasLetter(text) && hasDigit(text);

const PEM_LINE = /-----(?<kind>BEGIN|END) (?<label>[A-Z0-9 ]{1,60})-----/g;
// Backslashes, since line ends are often written as \n.
const PEM_BODY = /(?:\s*(?:Proc-Type|DEK-Info):[^\n\\]{0,80}){0,2}[A-Za-z0-9+/=\s\\]*/y;

/** A block without its last line ends where what follows cannot be part of it. */
const privateKeyBlocks: Rule = {
  mark: "[key]",
  find(text) {
    const spans: Span[] = [];
    let start: number | undefined;
    let bodyEnd = 0;
    for (const match of text.matchAll(PEM_LINE)) {
      const end = match.index + match[0].length;
      const begins = match.groups?.["kind"] === "BEGIN";
      if (start !== undefined) spans.push({ start, end: begins ? Math.min(bodyEnd, match.index) : end });
      start = begins && match.groups?.["label"]?.includes("PRIVATE KEY") === true ? match.index : undefined;
      PEM_BODY.lastIndex = end;
      if (start !== undefined) bodyEnd = end + (PEM_BODY.exec(text)?.[0].length ?? 0);
    }
    if (start !== undefined) spans.push({ start, end: bodyEnd });
    return spans;
  },
};

/** `user:password` in `scheme://user:password@host`. */
const urlCredentials = rule("[key]", /(?<kept>:\/\/)[^\s/?#"'`<>@:[\]]*:[^\s/?#"'`<>[\]]{2,}(?=@)/g);

const authorization = rule(
  "[key]",
  /(?<kept>authorization[\\"'`]{0,2}\s{0,4}[:=]\s{0,4}[\\"'`]{0,2}(?:basic|bearer|digest|token|apikey)\s{1,4})[^\s\\"'`,[\]]+/gi,
);
const bearer = rule("[key]", /(?<kept>bearer\s{1,4})[\w.~+/=-]{16,}/gi, ({ token }) => hasDigit(token));

// As in `x = y`, `"x": "y"` in JSON that may be quoted once more, `x is y`. The opening quote stays.
const TO = String.raw`[\\"'\x60]{0,2}(?<to>\s{0,4}(?:=>|:=|[:=])\s{0,4}|\s{1,4}is:?\s{1,4})(?<quote>\\?["'\x60])?`;
const quoted = (others: string): string =>
  ['"', "'", "`"].map((quote) => String.raw`(?<=${quote})[^${quote}\\${others}]+(?=\\?${quote})`).join("|");
const BARE = "[^\\s\"'`,;&<>()[\\]{}\\\\]+";
const PASSWORD = new RegExp(
  String.raw`(?<kept>(?<word>pass(?:word|wd|phrase|code)|pwd|密码|口令)${TO})(?:${quoted(String.raw`\n`)}|${BARE})`,
  "gi",
);
const KEY = new RegExp(
  String.raw`(?<kept>(?:(?:api|access|account|auth|encryption|private|secret|shared|signing)[ _-]?key|secret|token|密钥)${TO})(?:${quoted(String.raw`\s[\]`)}|${BARE})`,
  "gi",
);

/** What is said to be a password, unless it looks like a type, a variable, a call or the rest of a sentence. */
const passwords = rule("[key]", PASSWORD, (candidate) => {
  const { token, groups } = candidate;
  if (groups["quote"] !== undefined || token.length > SEARCHED_INSIDE) return hasLetter(token) || hasDigit(token);
  const value = withoutSentenceEnd(token);
  if (isExpression(candidate)) return false;
  if (isAttached(candidate)) return value.length >= 4 && /[A-Za-z\d]/.test(value) && !sameWord(value, groups["word"]);
  return (isMixed(value) && value.length >= 6) || /^\d{4,}$/.test(value) || hasSymbolInside(value);
});

/** What is said to be a key or a token, if it has letters and digits and is long; shorter where it is put plainly. */
const keys = rule("[key]", KEY, (candidate) => {
  const { token, groups } = candidate;
  if (!isMixed(token)) return false;
  if (groups["quote"] !== undefined || token.length > SEARCHED_INSIDE) return token.length >= 8;
  return !isExpression(candidate) && withoutSentenceEnd(token).length >= (isAttached(candidate) ? 8 : 16);
});

const isExpression = ({ token, next }: Candidate): boolean =>
  next === "(" || next === "[" || token.includes("://") || isPropertyPath(token);
const isAttached = ({ groups }: Candidate): boolean => !/\s/.test(groups["to"] ?? "");
const isPropertyPath = (text: string): boolean => /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$/.test(text);
const sameWord = (one: string, other: string | undefined): boolean => one.toLowerCase() === other?.toLowerCase();
const hasSymbolInside = (value: string): boolean =>
  value.length >= 6 && hasLetter(value) && /[!@#$%^&*+~|?]/.test(value);

function withoutSentenceEnd(text: string): string {
  let end = text.length;
  while (end > 0 && ".!?:".includes(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

// Only `sk-` is also the end of words, as in task- and risk-, and the beginning of names.
const PREFIXED =
  /(?<![a-z])sk-[\w-]{20,}|hf_[A-Za-z0-9]{30,}|gh[oprsu]_[A-Za-z0-9]{30,}|github_pat_\w{30,}|glpat-[\w-]{20,}|[rs]k_(?:live|test)_[A-Za-z0-9]{16,}|(?:AKIA|ASIA)[A-Z0-9]{16,}|AIza[\w-]{35,}|xox[abeoprs]-[A-Za-z0-9-]{10,}/g;
const prefixedKeys = rule("[key]", PREFIXED, ({ token }) => !token.startsWith("sk-") || isRandom(token.slice(3)));
const isRandom = (text: string): boolean => hasDigit(text) || (/[a-z]/.test(text) && /[A-Z]/.test(text));

/** JSON web tokens: `{"` in base64, then at least one more part after a dot. */
const webTokens = rule(
  "[key]",
  /eyJ[\w-]*(?:\.[\w-]*){0,4}/g,
  ({ token }) => token.length >= 24 && token.includes("."),
);

/** Keys, passwords and tokens. In this order, in which each sees only what the ones before left. */
export const SECRET_RULES: readonly Rule[] = [
  privateKeyBlocks,
  urlCredentials,
  authorization,
  bearer,
  passwords,
  keys,
  prefixedKeys,
  webTokens,
];
