import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bundle, licencesFile } from "../../../app/build/bundle.ts";
import { projectFolder } from "../../../sandbox/folders.ts";

let root: string;
let folder: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "bundle-"));
  folder = join(root, "dist");
  writeFileSync(join(root, "package.json"), '{"type":"module"}');
  // Packages of both forms: CommonJS ones that need Node's modules, and ES modules.
  symlinkSync(join(projectFolder, "node_modules"), join(root, "node_modules"));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

/** Bundles a program, takes everything else away, and runs what is left. */
async function run(files: Readonly<Record<string, string>>) {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  await bundle(join(root, "server.ts"), folder);
  rmSync(join(root, "node_modules"));
  for (const name of Object.keys(files)) rmSync(join(root, name));
  rmSync(join(root, "package.json"));
  const program = ["--enable-source-maps", join(folder, "server.mjs")];
  const { status, stdout, stderr } = spawnSync(process.execPath, program, { encoding: "utf8", cwd: tmpdir() });
  return { status, stdout, stderr };
}

describe("bundle", () => {
  it("makes a program that runs where there is only Node, also with packages in CommonJS form", async () => {
    const server = `
      import { Registry } from "prom-client";
      import { Hono } from "hono";
      const routes: readonly string[] = new Hono().get("/health", (c) => c.text("")).routes.map(({ path }) => path);
      if (import.meta.main) console.log(new Registry().contentType, routes);`;
    expect(await run({ "server.ts": server })).toEqual({
      status: 0,
      stdout: "text/plain; version=0.0.4; charset=utf-8 [ '/health' ]\n",
      stderr: "",
    });
    const licences = readFileSync(join(folder, licencesFile), "utf8");
    expect(licences.match(/^(hono|prom-client|esbuild) .*$/gm)).toEqual([
      expect.stringMatching(/^hono \d/),
      expect.stringMatching(/^prom-client \d/),
    ]);
    expect(readdirSync(folder).sort()).toEqual([licencesFile, "server.mjs", "server.mjs.map"]);
  });

  it("reads what is imported dynamically only then", async () => {
    const { status, stdout } = await run({
      "server.ts": `console.log("first"); const { name } = await import("./late.ts"); console.log(name);`,
      "late.ts": `console.log("second"); export const name: string = "third";`,
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "first\nsecond\nthird\n" });
    const late = readdirSync(folder).filter((name) => /^late-\w+\.mjs$/.test(name));
    expect(late).toHaveLength(1);
    renameSync(join(folder, late.join()), join(folder, "elsewhere"));
    const { stdout: cut } = spawnSync(process.execPath, [join(folder, "server.mjs")], { encoding: "utf8" });
    expect(cut).toBe("first\n");
  });

  it("lets stack traces name the source's files and lines", async () => {
    const { status, stderr } = await run({
      "server.ts": `interface Text {\n  text: string;\n}\nconst fail = ({ text }: Text): never => {\n  throw new Error(text);\n};\nfail({ text: "broken" });\n`,
    });
    expect(status).toBe(1);
    expect(stderr).toContain(`at fail (${join(root, "server.ts")}:5:9)`);
    expect(stderr).toContain(`${join(root, "server.ts")}:7:1`);
  });

  it("leaves nothing of an earlier bundle, and is the same each time", async () => {
    const entry = join(root, "server.ts");
    writeFileSync(entry, `await import("./late.ts");`);
    writeFileSync(join(root, "late.ts"), `console.log("late");`);
    const contents = async () => {
      await bundle(entry, folder);
      return readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]);
    };
    const first = await contents();
    mkdirSync(join(folder, "old"));
    writeFileSync(join(folder, "late-OLD.mjs"), "");
    expect(await contents()).toEqual(first);
  });

  it("refuses a program that imports what is not there", async () => {
    writeFileSync(join(root, "server.ts"), `import "./nowhere.ts";`);
    await expect(bundle(join(root, "server.ts"), folder)).rejects.toThrow('Could not resolve "./nowhere.ts"');
  });
});
