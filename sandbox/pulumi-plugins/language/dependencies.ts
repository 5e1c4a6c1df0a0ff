import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** A package that a program can import. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
}

interface Manifest {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function manifestOf(directory: string): Manifest | undefined {
  const file = join(directory, "package.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Manifest) : undefined;
}

/** The packages that the package.json in the directory asks for and that are installed beside it, by name. */
export function installedDependencies(directory: string): InstalledPackage[] {
  const { dependencies, devDependencies } = manifestOf(directory) ?? {};
  return Object.keys({ ...dependencies, ...devDependencies })
    .sort()
    .flatMap((name) => {
      const version = manifestOf(join(directory, "node_modules", name))?.version;
      return version === undefined ? [] : [{ name, version }];
    });
}

/** The version of the @pulumi/pulumi that these plugins are built on. */
export function sdkVersion(): string {
  const manifest = createRequire(import.meta.url)("@pulumi/pulumi/package.json") as { version: string };
  return manifest.version;
}
