import { describe, expect, it } from "vitest";
import { shown, table } from "../../../bench/proxy/table.ts";
import { figures } from "./helpers.ts";

const short = (requestsPerSecond: number, failed = 0, cut = 0) =>
  figures({ requestsPerSecond, wholeP50Ms: 5, wholeP99Ms: 12.5, loadCores: 0.9, otherCores: 0.04, failed, cut });

/** The cells of a Markdown table, line by line, the rule left out. */
const cells = (markdown: string): string[][] =>
  markdown
    .split("\n")
    .filter((_, index) => index !== 1)
    .map((line) =>
      line
        .slice(2, -2)
        .split(" | ")
        .map((cell) => cell.trim()),
    );

describe("shown", () => {
  it.each([
    [undefined, "-"],
    [0, "0.00"],
    [1.257, "1.26"],
    [24.04, "24.0"],
    [304.4, "304"],
    [9999, "9999"],
    [12_940, "12.9k"],
    [340_400, "340k"],
  ])("shows %s as %s", (value, text) => {
    expect(shown(value)).toBe(text);
  });
});

describe("table", () => {
  it("shows both runs of each contender and the ratio of their mean to the base's", () => {
    const rows = [
      { contender: "ours", runs: [short(14_000), short(13_000)] },
      { contender: "dispatch", runs: [short(15_000), short(15_000)] },
    ];
    expect(cells(table(rows, false, "dispatch"))).toEqual([
      [
        "",
        "requests/s",
        "p50 ms",
        "p99 ms",
        "proxy CPU ms/request",
        "proxy cores",
        "RSS MB",
        "engine+client cores",
        "other cores",
      ],
      [
        "ours",
        "14.0k / 13.0k (×0.90)",
        "5.00 / 5.00 (×1.00)",
        "12.5 / 12.5 (×1.00)",
        "- / -",
        "- / -",
        "- / -",
        "0.90 / 0.90",
        "0.04 / 0.04",
      ],
      [
        "dispatch",
        "15.0k / 15.0k (×1.00)",
        "5.00 / 5.00 (×1.00)",
        "12.5 / 12.5 (×1.00)",
        "- / -",
        "- / -",
        "- / -",
        "0.90 / 0.90",
        "0.04 / 0.04",
      ],
    ]);
  });

  it("shows no ratios when the base was not measured", () => {
    const [, ours] = cells(table([{ contender: "ours", runs: [short(14_000), short(13_000)] }], false, "dispatch"));
    expect(ours?.slice(0, 3)).toEqual(["ours", "14.0k / 13.0k", "5.00 / 5.00"]);
  });

  it("marks a contender with failed or cut calls", () => {
    const rows = [
      { contender: "a", runs: [short(1, 3), short(1, 4, 2)] },
      { contender: "b", runs: [short(1), short(1)] },
    ];
    const [, a, b] = cells(table(rows, false, "a"));
    expect([a?.[0], b?.[0]]).toEqual(["a (!7 failed) (!2 cut)", "b"]);
  });

  it("has the columns of streams for streams, and lines of equal length", () => {
    const lines = table([{ contender: "ours", runs: [figures({ firstChunkP50Ms: 1.2 })] }], true, "pipe").split("\n");
    expect(lines[0]).toMatch(/first chunk p50 ms \| first chunk p99 ms \| chunks\/s/);
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  });
});
