import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { referencePage, settingsOf } from "../../docs/settings-reference.ts";
import { SETTINGS_FILE, settingsPage } from "../../docs/write-settings.ts";
import { faultsOf } from "../config-fixture.ts";
import { mockEngine } from "../mocks.ts";

let folder: string;
beforeAll(async () => {
  await mockEngine();
  folder = mkdtempSync(join(tmpdir(), "settings-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function rowsOf(body: string) {
  const file = join(folder, "settings.ts");
  writeFileSync(file, body);
  return settingsOf(file, "Settings");
}

describe("pure: the rows of an interface", () => {
  it("are its settings, nested ones after their own", () => {
    const rows = rowsOf(`
      interface Size {
/** How many. */ readonly count: number }
      interface Fast {
/** Which. */ readonly kind: "fast"; 
/** How fast. */ readonly pace: number }
      interface Slow {
/** Which. */ readonly kind: "slow" }
      export interface Settings {
        /** Its name, as of {@link Size}. */
        readonly name: string | undefined;
        /** On. */
        readonly on: boolean;
        /** Where. */
        readonly place: "here" | "there";
        /** Sizes. */
        readonly sizes: readonly [Size, Size];
        /** Words. */
        readonly words: readonly string[];
        /** Labels. */
        readonly labels: Readonly<Record<string, string>>;
        /** The engine. */
        readonly engine: Fast | Slow;
      }`);
    expect(rows.map(({ path, type, meaning }) => [path, type, meaning])).toEqual([
      ["name", "text", "Its name, as of `Size`."],
      ["on", "true or false", "On."],
      ["place", "`here` or `there`", "Where."],
      ["sizes", "list of objects", "Sizes."],
      ["sizes[i].count", "integer", "How many."],
      ["words", "list of text", "Words."],
      ["labels", "object of texts", "Labels."],
      ["engine", "object", "The engine."],
      ["engine.kind", "`fast`", "Which."],
      ["engine.pace", "integer; of kind `fast`", "How fast."],
      ["engine.kind", "`slow`", "Which."],
    ]);
  });

  it("refuse a setting without a docstring", () => {
    expect(() => rowsOf("export interface Settings {\n/** A. */ a: { b: number } }")).toThrow(
      "the setting a.b has no docstring",
    );
  });

  it("refuse a file without settings", () => {
    expect(() => rowsOf("export {}")).toThrow("has no interface Settings");
  });

  it("are lines of a table", () => {
    expect(referencePage([{ path: "a", type: "text", meaning: "x | y" }])).toMatch(
      /\n\| `a` \| text \| x \\\| y \|\n$/,
    );
  });
});

describe("the reference of the settings", () => {
  it("is what `npm run docs` writes", async () => {
    expect(readFileSync(SETTINGS_FILE, "utf8")).toBe(await settingsPage());
  });

  it("has every setting that the program knows", () => {
    const [line = ""] = faultsOf({ zzz: "1" });
    const known = /expected one of (.*)\. Fix/.exec(line)?.[1]?.split(", ") ?? [];
    const rows = settingsOf("config.ts", "Settings").map(({ path }) => path);
    expect(rows.filter((path) => !/[.[]/.test(path)).sort()).toEqual(known.sort());
    expect(known.length).toBeGreaterThan(10);
  });
});
