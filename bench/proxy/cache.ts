import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { command, retried } from "../../sandbox/command.ts";
import { cacheFolder as sandboxCache } from "../../sandbox/folders.ts";

/** Keeps what the measurement builds and installs; may be deleted at any time. */
export const cacheFolder = join(dirname(sandboxCache), "bench");

/**
 * Builds the load client and engine and gives the path of the program.
 *
 * @throws Error when Go is missing or too old
 */
export async function buildLoad(): Promise<string> {
  const program = join(cacheFolder, "load");
  const env = { CGO_ENABLED: "0", GOTOOLCHAIN: "local" };
  await command("go", ["build", "-trimpath", "-o", program, "."], { cwd: join(import.meta.dirname, "load"), env });
  return program;
}

/**
 * Installs the pinned Python packages of a contender into a virtual environment of their own, unless they are there,
 * and gives its folder of programs.
 *
 * @param name of the list of packages in contenders/python
 * @throws Error with pip's last lines when a package cannot be had
 */
export async function pythonPrograms(name: string): Promise<string> {
  const list = join(import.meta.dirname, "contenders", "python", `${name}.txt`);
  const id = createHash("sha256")
    .update(await command("python3", ["--version"]))
    .update(await readFile(list));
  const folder = join(cacheFolder, `${name}-${id.digest("hex").slice(0, 12)}`);
  const complete = join(folder, "complete");
  if (!existsSync(complete)) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(cacheFolder, { recursive: true });
    await command("python3", ["-m", "venv", folder]);
    const pip = ["install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:", "--requirement", list];
    await retried(() => command(join(folder, "bin", "pip"), pip));
    await writeFile(complete, "");
  }
  return join(folder, "bin");
}
