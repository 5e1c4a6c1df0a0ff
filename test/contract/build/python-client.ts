import { readFileSync } from "node:fs";
import { join } from "node:path";
import { command, retried } from "../../../sandbox/command.ts";
import type { Progress } from "../../../sandbox/progress.ts";
import { cached } from "./cache.ts";

const requirements = join(import.meta.dirname, "../python/requirements.txt");

/**
 * Gives the path of a Python that has the official OpenAI client, in the versions and with the hashes of our
 * requirements.txt; it is of a virtual environment that is made the first time.
 *
 * @throws Error when there is no Python 3, or a download keeps failing
 */
export async function buildPythonClient(progress: Progress): Promise<string> {
  const python = await command("python3", ["-c", "import sys; print(sys.executable, sys.version)"]);
  const inputs = [readFileSync(requirements, "utf8"), python];
  const folder = await cached({ name: "python-openai", inputs, build: install }, progress);
  return join(folder, "bin/python");
}

async function install(folder: string): Promise<void> {
  await command("python3", ["-m", "venv", folder]);
  const pip = [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    "--require-hashes",
    "--only-binary=:all:",
  ];
  await retried(() => command(join(folder, "bin/python"), [...pip, "--requirement", requirements]));
}
