import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { licencesOf } from "../../../app/build/licences.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "licences-"));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

/** Installs a package with some files and gives the path of its code. */
function install(folder: string, version: string, files: Readonly<Record<string, string>>): string {
  const code = join(root, folder, "lib/index.js");
  mkdirSync(dirname(code), { recursive: true });
  const name = folder.split("node_modules/").at(-1);
  writeFileSync(join(root, folder, "package.json"), JSON.stringify({ name, version }));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(root, folder, file), text);
  return code;
}

const line = "-".repeat(80);

describe("licencesOf", () => {
  it("names each package once, whatever the number and order of its files", () => {
    const code = install("node_modules/fast", "1.2.3", { LICENSE: "Be kind.\n" });
    const other = install("node_modules/@scope/slow", "4.5.6", { "LICENSE.md": "Be good.\n" });
    const text = `@scope/slow 4.5.6\n\nBe good.\n\n${line}\n\nfast 1.2.3\n\nBe kind.\n`;
    expect(licencesOf([code, join(dirname(code), "more.js"), other])).toBe(text);
    expect(licencesOf([other, code])).toBe(text);
  });

  it("gives a text that packages share once, under all their names", () => {
    const first = install("node_modules/b", "1.0.0", { LICENSE: "Be kind." });
    const second = install("node_modules/a", "2.0.0", { "licence.txt": "Be kind.\n" });
    expect(licencesOf([first, second])).toBe("a 2.0.0\nb 1.0.0\n\nBe kind.\n");
  });

  it("tells a package inside another's folder from that one", () => {
    install("node_modules/outer", "1.0.0", {});
    const inner = install("node_modules/outer/node_modules/inner", "2.0.0", { COPYING: "Be kind." });
    expect(licencesOf([inner])).toBe("inner 2.0.0\n\nBe kind.\n");
  });

  it("passes a package's notice on, as the Apache licence asks", () => {
    const code = install("node_modules/a", "1.0.0", { NOTICE: "By many.", LICENSE: "Be kind.", "README.md": "Hello" });
    expect(licencesOf([code])).toBe("a 1.0.0\n\nBe kind.\n\nBy many.\n");
  });

  it("is empty for files of our own", () => {
    expect(licencesOf([join(root, "server.ts")])).toBe("");
  });

  it("refuses a package without a licence file by its name", () => {
    const code = install("node_modules/a", "1.0.0", { "LICENSE.js": "" });
    expect(() => licencesOf([code])).toThrow("a 1.0.0 has no licence file");
  });
});
