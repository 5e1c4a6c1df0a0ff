import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { redact, redactHead } from "../../../app/request-log/redaction.ts";
import { oddEmail, sensitive } from "./sensitive-texts.ts";

// Letters and digits next to a number or a key would be part of another one.
const beside = fc.constantFrom(" ", "\n", "\t", ",", ";", "(", ")", '"', "'", "<", ">", "，", "：", "。", "\u3000");
const surrounding = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: fc.constantFrom("0", "1", "9", " ", "-", ".", "a", "@", "+", ":", "/") }),
  fc.lorem(),
);

/** Pieces that patterns are made of, and what stands between them, in any order. */
const fragments = fc
  .array(
    fc.oneof(
      sensitive,
      fc.string({ unit: "binary", maxLength: 3 }),
      fc.constantFrom(
        ...'@ . - + ( ) / : = \' " ` \\ _ x X Z 0 1 [ ] :// u:pw@ password= token: secret=" eyJ sk- git@'.split(" "),
        ...[" ", "\n", "password is ", "Authorization: Bearer ", "bearer ", "phone ", "[email]", "[key]", "４", "，"],
        ...["-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "123-45-6789", "12345678Z", "X1234567L"],
        ...["529.982.247-25", "RSSMRA85T10A562S", "550e8400-e29b-41d4-a716-446655440000", "1 85 05 78 006 084 91"],
      ),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));

const HEXADECIMAL = Array.from("0123456789abcdef");

describe("redaction", () => {
  it("leaves no e-mail address, card, phone number, key, IBAN or identity number, whatever stands around it", () => {
    fc.assert(
      fc.property(
        surrounding,
        beside,
        fc.oneof(sensitive, oddEmail),
        beside,
        surrounding,
        (before, left, secret, right, after) => {
          expect(redact(`${before}${left}${secret}${right}${after}`)).not.toContain(secret);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("hides the whole of it, and nothing else, in plain text", () => {
    // A phone number that passes for a card may leave its plus sign.
    fc.assert(
      fc.property(sensitive, beside, (secret, mark) => {
        const [before, hidden = "", after] = redact(`See${mark}${secret}${mark}there`).split(mark);
        expect([before, after]).toEqual(["See", "there"]);
        expect(hidden).toMatch(/^\+?\[[a-z]+\]$/);
      }),
      { numRuns: 2000 },
    );
  });

  it("changes nothing when done again", () => {
    fc.assert(
      fc.property(fragments, (text) => {
        const redacted = redact(text);
        expect(redact(redacted)).toBe(redacted);
      }),
      { numRuns: 2000 },
    );
  });

  it("changes no text without digits, at-signs and words for secrets", () => {
    const plain = fc.string({
      unit: fc.string({ unit: "grapheme", maxLength: 1 }).filter((unit) => !/[\p{Nd}@＠]/u.test(unit)),
    });
    fc.assert(
      fc.property(fc.oneof(plain, fc.lorem({ mode: "sentences" })), (text) => {
        expect(redact(text)).toBe(text);
      }),
    );
  });

  const dates = fc.date({
    min: new Date("0000-01-01T00:00:00Z"),
    max: new Date("9999-12-31T23:59:59Z"),
    noInvalidDate: true,
  });
  const version = fc.tuple(fc.nat(199), fc.nat(999), fc.nat(9999)).map((numbers) => numbers.join("."));
  const digest = fc
    .string({ unit: fc.constantFrom(...HEXADECIMAL), minLength: 40, maxLength: 64 })
    .map((text) => `${text}f`);
  it.each([
    ["UUIDs", fc.uuid()],
    ["ISO times", dates.map((date) => date.toISOString())],
    ["dates", dates.map((date) => date.toISOString().slice(0, 10))],
    ["IPv4 addresses", fc.ipV4()],
    ["versions", version],
    ["prices", fc.double({ min: 0, max: 1e6, noNaN: true }).map((price) => `$${price.toFixed(2)}`)],
    ["fractions", fc.double({ min: 0, max: 1, noNaN: true }).map(String)],
    ["digests", digest],
    ["counters", fc.nat(999_999_999).map(String)],
  ])("keeps %s", (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, beside, (text, mark) => {
        expect(redact(`${mark}${text}${mark}`)).toBe(`${mark}${text}${mark}`);
      }),
      { numRuns: 500 },
    );
  });
});

describe("the head of a redacted text", () => {
  it("is a beginning of it that ends in no mark, and says whether it is all", () => {
    fc.assert(
      fc.property(fragments, fc.nat(120), (text, length) => {
        const whole = redact(text);
        const head = redactHead(text, length);
        expect(head.text.length).toBeLessThanOrEqual(length);
        expect(whole.startsWith(head.text)).toBe(true);
        expect(head.truncated).toBe(head.text !== whole);
      }),
      { numRuns: 2000 },
    );
  });

  it("holds nothing of a secret that straddles its end, however long the text is", () => {
    const rest = " and so on".repeat(10_000);
    fc.assert(
      fc.property(sensitive, fc.nat(100), (secret, offset) => {
        const filling = "x ".repeat(50);
        const { text, truncated } = redactHead(`${filling}${secret}${rest}`, 100 + (offset % (secret.length + 2)));
        expect(text).toMatch(/^(?:x ){50}(?:\[[a-z]+\])?[ a-z]*$/);
        expect(truncated).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("holds nothing of a private key that is longer than what is looked at", () => {
    const key = `-----BEGIN PRIVATE KEY-----\n${"A1b2C3d4\n".repeat(10_000)}-----END PRIVATE KEY-----`;
    expect(redactHead(`Mine: ${key}`, 20)).toEqual({ text: "Mine: [key]", truncated: true });
  });

  it("does not end in half a character", () => {
    expect(redactHead("ab😀", 3)).toEqual({ text: "ab", truncated: true });
    expect(redactHead("ab😀", 4)).toEqual({ text: "ab😀", truncated: false });
    expect(redactHead(`😀${"x".repeat(40_000)}`, 1)).toEqual({ text: "", truncated: true });
  });
});
