import fc from "fast-check";

const DIGITS = "0123456789";
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** A text of so many characters of an alphabet. */
export const textOf = (alphabet: string, minLength: number, maxLength = minLength): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...Array.from(alphabet)), minLength, maxLength });

/** The digit that a card number after these digits ends in. */
function luhnDigit(digits: string): number {
  let sum = 0;
  for (const [index, digit] of Array.from(digits).reverse().entries()) {
    const value = Number(digit) * (index % 2 === 0 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return (10 - (sum % 10)) % 10;
}

/** Splits a text into groups of these lengths, and one of the rest. */
function grouped(text: string, lengths: readonly number[], separator: string): string {
  const groups: string[] = [];
  let rest = text;
  for (const length of lengths) {
    groups.push(rest.slice(0, length));
    rest = rest.slice(length);
  }
  return [...groups, rest].filter((group) => group !== "").join(separator);
}

const cardShapes = fc.constantFrom(
  { start: "4", length: 16, groups: [4, 4, 4] },
  { start: "4", length: 13, groups: [4, 4, 4] },
  { start: "4", length: 19, groups: [4, 4, 4, 4] },
  { start: "51", length: 16, groups: [4, 4, 4] },
  { start: "2221", length: 16, groups: [4, 4, 4] },
  { start: "37", length: 15, groups: [4, 6] },
  { start: "36", length: 14, groups: [4, 6] },
  { start: "62", length: 17, groups: [6] },
  { start: "6304", length: 18, groups: [8] },
  { start: "9792", length: 16, groups: [] },
);

/** A payment card number, in one piece or in groups. */
export const card = fc
  .tuple(cardShapes, textOf(DIGITS, 18), fc.constantFrom("", " ", "-", "  ", " - "))
  .map(([{ start, length, groups }, filling, separator]) => {
    const body = (start + filling).slice(0, length - 1);
    return grouped(body + String(luhnDigit(body)), groups, separator);
  });

/** An e-mail address of the usual kind. */
const email = fc
  .tuple(textOf(`${LETTERS}${DIGITS}._%+-`, 0, 20), textOf(LETTERS + DIGITS, 1), fc.domain())
  .map(([local, last, domain]) => `${local}${last}@${domain}`);

/**
 * An e-mail address as odd as the standard allows: of its name, only the end may be recognised. Not one whose name ends
 * in a quote, an equals sign or a slash, which end other things far more often, or has no letter or digit there.
 */
export const oddEmail = fc.emailAddress().filter((address) => /\w[\w.%+-]*[!#$&*?^{|}~]*@/.test(address));

const separators = fc.constantFrom(" ", "-", ".");

/** A phone number in an international or a national form. */
export const phone = fc.oneof(
  fc
    .tuple(fc.integer({ min: 1, max: 999 }), textOf(DIGITS, 7, 12), fc.constantFrom("", " ", "-", "."))
    .map(([country, number, separator]) => `+${country}${separator}${grouped(number, [3, 4], separator)}`),
  fc
    .tuple(textOf("23456789", 3), textOf(DIGITS, 3), textOf(DIGITS, 4), separators)
    .map(([area, exchange, line, separator]) => [area, exchange, line].join(separator)),
  fc
    .tuple(textOf("23456789", 3), textOf(DIGITS, 3), textOf(DIGITS, 4))
    .map(([area, exchange, line]) => `(${area}) ${exchange}-${line}`),
  fc
    .tuple(textOf("3456789", 1), textOf(DIGITS, 9), fc.constantFrom("", " ", "-"))
    .map(([second, rest, separator]) => grouped(`1${second}${rest}`, [3, 4], separator)),
  fc
    .tuple(textOf("123456789", 1, 3), textOf(DIGITS, 6, 8), fc.constantFrom(" ", "-", "/"))
    .filter(([area, number]) => area.length + number.length >= 8)
    .map(([area, number, separator]) => `0${area}${separator}${number}`),
);

const ALPHANUMERIC = LETTERS + DIGITS;
/** A key by its beginning; the letter and the digit at its end make it none of the names that begin so. */
const key = (prefix: string, body: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  body.map((text) => `${prefix}${text}a1`);
const base64Url = textOf(`${ALPHANUMERIC}-_`, 12, 60);

/** A key or a token of a known form. */
export const secretKey = fc.oneof(
  key("sk-", textOf(ALPHANUMERIC, 46)),
  key("sk-proj-", textOf(`${ALPHANUMERIC}-_`, 60)),
  key("sk-ant-api03-", textOf(`${ALPHANUMERIC}-_`, 90)),
  key("hf_", textOf(ALPHANUMERIC, 32)),
  key("ghp_", textOf(ALPHANUMERIC, 34)),
  key("github_pat_", textOf(`${ALPHANUMERIC}_`, 80)),
  key("AIza", textOf(`${ALPHANUMERIC}-_`, 33)),
  key("xoxb-", textOf(`${DIGITS}-`, 20)),
  textOf(`ABCDEFGHIJKLMNOPQRSTUVWXYZ${DIGITS}`, 16).map((text) => `AKIA${text}`),
  fc
    .tuple(base64Url, base64Url, base64Url)
    .map(([header, claims, signature]) => `eyJ${header}.eyJ${claims}.${signature}`),
);

/** An IBAN with the right check digits, in one piece or in groups of four. */
export const iban = fc
  .tuple(
    fc.constantFrom<[string, number][]>(["DE", 18], ["GB", 18], ["FR", 23], ["NO", 11], ["MT", 27]),
    textOf(`ABCDEFGHIJKLMNOPQRSTUVWXYZ${DIGITS}`, 27),
    fc.constantFrom("", " "),
  )
  .map(([[country, length], filling, separator]) => {
    const account = filling.slice(0, length);
    const number = Array.from(`${account}${country}00`, (character) => Number.parseInt(character, 36)).join("");
    const check = String(98n - (BigInt(number) % 97n)).padStart(2, "0");
    return grouped(`${country}${check}${account}`, [4, 4, 4, 4, 4, 4, 4], separator);
  });

/** A Chinese resident identity number of someone born in the 1900s. */
export const residentIdentity = fc
  .tuple(textOf("123456", 6), textOf(DIGITS, 2), fc.constantFrom("0131", "1231", "0229"), textOf(DIGITS, 3))
  .map(([region, year, day, order]) => {
    const digits = `${region}19${year}${day}${order}`;
    const sum = Array.from(digits).reduce((total, digit, index) => total + Number(digit) * (2 ** (17 - index) % 11), 0);
    return `${digits}${"10X98765432"[sum % 11] ?? ""}`;
  });

/** Anything that must not be logged. */
export const sensitive = fc.oneof(card, email, phone, secretKey, iban, residentIdentity);
