import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const packageFolder = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;
const licenceName = /^(licen[cs]e|copying)(\.(md|txt))?$/i;
const noticeName = /^notice(\.(md|txt))?$/i;

interface Manifest {
  readonly name: string;
  readonly version: string;
}

interface PackageLicence {
  /** Name and version. */
  readonly title: string;
  readonly text: string;
}

function licenceOf(folder: string): PackageLicence {
  const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  const names = readdirSync(folder).sort();
  const licences = names.filter((file) => licenceName.test(file));
  if (licences.length === 0) throw new Error(`${name} ${version} has no licence file, so it may not be passed on`);
  const texts = [...licences, ...names.filter((file) => noticeName.test(file))].map((file) =>
    readFileSync(join(folder, file), "utf8").trim(),
  );
  return { title: `${name} ${version}`, text: texts.join("\n\n") };
}

/**
 * The licences, and notices, of the npm packages that files belong to, as a text to go with them; a text that several
 * packages share is there once. The same files give the same text, whatever their order.
 *
 * @param files absolute paths; those outside `node_modules` count for nothing
 * @throws Error when a package has no licence file
 */
export function licencesOf(files: readonly string[]): string {
  const folders = new Set(files.flatMap((file) => packageFolder.exec(file)?.[0] ?? []));
  const titles = new Map<string, Set<string>>();
  for (const { title, text } of [...folders].map(licenceOf)) {
    titles.set(text, (titles.get(text) ?? new Set()).add(title));
  }
  return [...titles]
    .map(([text, owners]) => `${[...owners].sort().join("\n")}\n\n${text}\n`)
    .sort()
    .join(`\n${"-".repeat(80)}\n\n`);
}
