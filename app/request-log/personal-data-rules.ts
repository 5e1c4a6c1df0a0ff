import {
  passesCodiceFiscale,
  passesCpf,
  passesDni,
  passesIban,
  passesLuhn,
  passesNir,
  passesResidentIdentity,
} from "./check-digits.ts";
import { rule, type Rule, type Span } from "./rule.ts";

// Linear because it starts only where a name does. Accents, Greek and Cyrillic count as letters; scripts without spaces
// would draw the sentence before into the address.
const EMAIL =
  /(?<![\w.%+\-\u00c0-\u04ff])(?!git@)[.%+-]*[\w\u00c0-\u04ff][\w.%+\-\u00c0-\u04ff]*[!#$&*?^{|}~]*@(?!\d+\.\d+\.\d)(?=[\w.\-\u00c0-\u04ff]*\.[A-Za-z\u00c0-\u04ff]{2})[\w.%+\-\u00c0-\u04ff]*[\w\u00c0-\u04ff]/g;

/** Not a package with a version (`name@1.2.3`), nor the user of Git servers (`git@host`). */
const addresses = rule("[email]", EMAIL);
const emails: Rule = {
  mark: "[email]",
  // Most texts have none, which is faster to see this way.
  find: (text) => (text.includes("@") ? addresses.find(text) : []),
};

// Long hexadecimal numbers hold long runs of digits.
const HEXADECIMAL = /[0-9A-Fa-f]{8}(?:(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[0-9A-Fa-f]{24,120})/g;
const uuidsAndDigests = rule(null, HEXADECIMAL, ({ token }) => /[-a-f]/i.test(token));

/** Length of an IBAN by country, of the countries in the SWIFT register. */
const IBAN_LENGTHS: ReadonlyMap<string, number> = new Map(
  (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 " +
    "ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 " +
    "LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 " +
    "PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
  )
    .split(" ")
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** Capitals; in one piece, or with single spaces or dashes at any place. */
const ibans: Rule = {
  mark: "[iban]",
  find(text) {
    const spans: Span[] = [];
    const pattern = /[A-Z]{2}\d{2}/g;
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
      const length = IBAN_LENGTHS.get(match[0].slice(0, 2));
      const end = length === undefined ? undefined : endOfIban(text, match.index, length);
      if (end !== undefined) spans.push({ start: match.index, end });
      pattern.lastIndex = end ?? match.index + 1;
    }
    return spans;
  },
};

const isSeparator = (code: number): boolean => code === 0x20 || code === 0x2d;
const isCapitalOrDigit = (code: number): boolean => (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a);

function endOfIban(text: string, start: number, length: number): number | undefined {
  let end = start;
  for (let count = 0; count < length; count++) {
    if (count > 0 && isSeparator(text.charCodeAt(end))) end++;
    if (!isCapitalOrDigit(text.charCodeAt(end++))) return undefined;
  }
  return passesIban(text.slice(start, end).replace(/[ -]/g, "")) ? end : undefined;
}

// A number starts and ends where no digit stands next to it, nor the rest of a decimal number.
const number = (pattern: string): RegExp => new RegExp(String.raw`(?<!\d|\d\.)(?:${pattern})(?!\.?\d)`, "g");
const MONTH_DAY = String.raw`(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])`;
const digitsOf = (token: string): string => token.replace(/\D/g, "");

const codiceFiscale = rule("[id]", /[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]/g, ({ token }) =>
  passesCodiceFiscale(token),
);
const residentIdentity = rule(
  "[id]",
  new RegExp(
    String.raw`(?<!\d|\d\.)\d{6}[ -]?(?:18|19|20)\d{2}${MONTH_DAY}[ -]?\d{3}(?:\d(?!\.?\d)|X|x(?![a-z]))`,
    "g",
  ),
  ({ token }) => passesResidentIdentity(token.toUpperCase().replace(/[ -]/g, "")),
);
// Koreans born since October 2020 have no check digit in theirs.
const residentRegistration = rule("[id]", number(String.raw`\d{2}${MONTH_DAY}-[1-8]\d{6}`));
const cpf = rule("[id]", number(String.raw`\d{3}\.?\d{3}\.?\d{3}-?\d{2}`), ({ token }) => passesCpf(digitsOf(token)));
const nir = rule(
  "[id]",
  number(String.raw`[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?\d{2} ?\d{3} ?\d{3} ?\d{2}`),
  ({ token }) => passesNir(digitsOf(token)),
);
const dni = rule("[id]", /(?:(?<!\d|\d\.)\d{8}|(?<![A-Za-z])[XYZ]\d{7})[A-HJ-NP-TV-Z](?![A-Za-z])/g, ({ token }) =>
  passesDni(token),
);
const socialSecurity = rule(
  "[id]",
  /(?<!\d|\d[.-])(?!000|666|9)\d{3}(?<between>[ -])(?!00)\d{2}\k<between>(?!0000)\d{4}(?![.-]?\d)/g,
);

const CARD_GROUPS = /(?<!\d|\d\.)\d{4,19}(?:[ -]{1,3}\d{1,19}){0,4}/g;
// Numbers that start with 0, 1, 20 or 21 are counters and times far more often than cards.
const CARD = /^(?:4\d{12}|3\d{13,14}|(?:2[2-7]|[3-9]\d)\d{14,17})$/;

/** Groups of at least four digits, except for the last, which are a card; what follows, as an expiry date, is not. */
const cards: Rule = {
  mark: "[card]",
  find(text) {
    const spans: Span[] = [];
    CARD_GROUPS.lastIndex = 0;
    for (let match = CARD_GROUPS.exec(text); match !== null; match = CARD_GROUPS.exec(text)) {
      const end = endOfCard(text, match.index, match[0]);
      if (end !== undefined) spans.push({ start: match.index, end });
      CARD_GROUPS.lastIndex = end ?? match.index + (/^\d+/.exec(match[0])?.[0].length ?? 1);
    }
    return spans;
  },
};

function endOfCard(text: string, start: number, groups: string): number | undefined {
  let digits = "";
  let found: number | undefined;
  for (const group of groups.matchAll(/\d+/g)) {
    digits += group[0];
    const end = start + group.index + group[0].length;
    if (CARD.test(digits) && !/^\.?\d/.test(text.slice(end, end + 2)) && passesLuhn(digits)) found = end;
    if (digits.length >= 19 || group[0].length < 4) break;
  }
  return found;
}

const INTERNATIONAL = String.raw`\+\(?\d{1,3}\)?[ .-]{0,2}(?:\(\d{1,5}\)[ .-]{0,2})?\d(?:[ ./-]{0,2}\d){5,12}`;
const WITH_DIALLED_00 = String.raw`00[1-9]\d{0,2}[ .-]{1,2}(?:\(\d{1,5}\)[ .-]{0,2})?\d(?:[ ./-]{0,2}\d){5,12}`;
const AMERICAN = String.raw`(?:1[ .-])?(?:\(\d{3}\)[ .-]?|\d{3}-|[2-9]\d{2}[ .])\d{3}[ .-]\d{4}`;
const CHINESE_MOBILE = String.raw`(?:86[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2}`;
const BRAZILIAN_MOBILE = String.raw`\([1-9]\d\) ?9\d{4}-\d{4}`;
const AFTER_TRUNK_ZERO = String.raw`(?:\(0[1-9]\d{0,3}\)[ .-]?|0[1-9]\d{0,3}[ ./-]{1,3})\d{2,8}(?:(?<between>[ .-])\d{2,5}(?:\k<between>\d{2,5}){0,2})?`;
const IN_ONE_PIECE = String.raw`0[1-9]\d{8,9}`;
const NOT_IN_NUMBERS = String.raw`(?!\w|[.-]?[\d+])`;
const DATE = /^\d{1,2}[ ./-]\d{1,2}[ ./-]\d{4}|^(?:19|20)\d{2}[ ./-]\d{1,2}[ ./-]\d{1,2}/;

const phones = rule(
  "[phone]",
  new RegExp(
    String.raw`(?<![A-Za-z_+])(?:(?=\()|(?<!\d[.-]?))(?:${[INTERNATIONAL, WITH_DIALLED_00, AMERICAN, CHINESE_MOBILE, BRAZILIAN_MOBILE, AFTER_TRUNK_ZERO, IN_ONE_PIECE].join("|")})${NOT_IN_NUMBERS}`,
    "g",
  ),
  ({ token }) => token.startsWith("+") || isPhone(token, 9),
);
/** Any digits that are called a phone number, since most countries' forms are just digits. */
const namedPhones = rule(
  "[phone]",
  new RegExp(
    String.raw`(?<kept>(?<![A-Za-z])(?:tele)?(?:phone|tel|mobile|cell|fax|whatsapp|手机|电话)(?: (?:number|no\.?|is)){0,2}[ .:=#]{0,3})\+?\(?\d(?:[ ().-]{0,2}\d){6,14}${NOT_IN_NUMBERS}`,
    "gi",
  ),
  ({ token }) => isPhone(token, 7),
);

function isPhone(token: string, leastDigits: number): boolean {
  const digits = digitsOf(token);
  return digits.length >= leastDigits && !DATE.test(token) && digits !== "0123456789";
}

/** Addresses and numbers of people. In this order, in which each sees only what the ones before left. */
export const PERSONAL_DATA_RULES: readonly Rule[] = [
  emails,
  uuidsAndDigests,
  ibans,
  codiceFiscale,
  residentIdentity,
  cards,
  residentRegistration,
  cpf,
  nir,
  dni,
  socialSecurity,
  phones,
  namedPhones,
];
