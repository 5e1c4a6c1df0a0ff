import { describe, expect, it } from "vitest";
import { ALL_CLAIMS, entriesOf, type ClaimName } from "./claims/all.ts";
import type { Json } from "./json.ts";
import { KNOWN_DIFFERENCES } from "./known-differences.ts";

const listed = KNOWN_DIFFERENCES.flatMap(({ of, reason, seen }) =>
  entriesOf<ClaimName, Json | undefined>(seen as Readonly<Record<ClaimName, Json | undefined>>).map(
    ([claim, value]) => ({ of, reason, claim, value }),
  ),
);

describe("the known differences", () => {
  it.each(listed)("$of: '$claim' is one, $reason", ({ claim, value, reason }) => {
    expect(value).not.toEqual(ALL_CLAIMS[claim].expected);
    expect(reason).not.toMatch(/^$|\n/);
  });

  it("list no claim of one engine twice", () => {
    const twice = listed.filter(({ of, claim }, place) =>
      listed.slice(0, place).some((other) => other.claim === claim && other.of === of),
    );
    expect(twice).toEqual([]);
  });
});
