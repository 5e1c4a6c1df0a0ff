import { rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { licencesOf } from "./licences.ts";

/** File name, in the bundle's folder, of the licences of the packages in it. */
export const licencesFile = "THIRD-PARTY-LICENSES.txt";

// Packages in CommonJS form ask for Node's modules with `require`, which an ES module has not.
const banner = `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);`;

/**
 * Replaces a folder by a program's bundle: ES modules that need nothing but Node, `NAME.mjs` for an entry `NAME.ts`, with
 * source maps. What the program imports dynamically is read only then.
 *
 * @param entry file that Node would run
 * @param folder absolute path
 * @throws Error when a file does not compile, a package is missing, or one has no licence file
 */
export async function bundle(entry: string, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  const root = dirname(entry);
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    // Of a package in both forms, the ES modules: what nobody imports is left out, and dynamic imports have its names.
    mainFields: ["module", "main"],
    banner: { js: banner },
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
    logLevel: "warning",
  });
  const used = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [join(root, file)] : [])),
  );
  await writeFile(join(folder, licencesFile), licencesOf(used));
}

if (import.meta.main) {
  const app = dirname(import.meta.dirname);
  await bundle(join(app, "server.ts"), join(app, "dist"));
}
