import { describe, expect, it } from "vitest";
import { redact } from "../../../app/request-log/redaction.ts";

/** The least time that redacting a text so many times took, in milliseconds. */
function cost(text: string, times: number): number {
  const attempts = Array.from({ length: 3 }, () => {
    const start = performance.now();
    for (let count = 0; count < times; count++) redact(text);
    return performance.now() - start;
  });
  return Math.min(...attempts);
}

const SHORT = 8_192;
const TIMES_LONGER = 32;

describe("redaction of a hostile text", () => {
  it.each([
    ..."a 1 @ . - _ é ４ [ ( a@ a. a@a. é@ .@ 1. 1- 1( 0123- 012/ 123-45- 4111111111111111a".split(" "),
    ..."://a: ://a:b a:b@ password= password=( password=' password='\" pwd=\"pwd='pwd=` token=a.a. pwd=\"\\ eyJ eyJa.".split(
      " ",
    ),
    ..."1eyJ sk- DE89 AA00 AAAAAA11 deadbeef deadbeef- a@b.co, !@ a!".split(" "),
    ...[" ", "1 ", "1111 ", "+1 ", "0123 ", "DE89 ", "phone ", "tel 1 1", "password ", "password is !!!!", "bearer "],
    ...[
      "authorization: ",
      'pwd="a\n',
      'token="a ',
      "secret secret",
      "-----BEGIN PRIVATE KEY-----,",
      "-----BEGIN PRIVATE KEY-----Proc-Type:",
    ],
  ])("takes time that grows no faster than it: %j repeated", (unit) => {
    const repeated = (length: number): string => `${unit.repeat(length / unit.length)}(@`;
    const inParts = cost(repeated(SHORT), TIMES_LONGER);
    const atOnce = cost(repeated(SHORT * TIMES_LONGER), 1);
    // In quadratic time it would be 32 times as much, and seconds; what is too short to be compared counts as 10 ms.
    expect(atOnce / Math.max(inParts, 10)).toBeLessThan(TIMES_LONGER / 4);
  });

  it.each(["a", "1 ", "eyJ", "a.", "password=", "a@b.co "])("of many megabytes does not throw: %j repeated", (unit) => {
    expect(() => redact(unit.repeat(12e6 / unit.length))).not.toThrow();
  });
});
