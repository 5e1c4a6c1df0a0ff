import { readFileSync } from "node:fs";
import { join } from "node:path";
import { command, retried } from "../../../sandbox/command.ts";
import type { Progress } from "../../../sandbox/progress.ts";
import { cached } from "./cache.ts";

const PACKAGE = "github.com/llm-d/llm-d-inference-sim/cmd/llm-d-inference-sim";
const FLAGS = ["-trimpath", "-buildvcs=false", "-ldflags", "-s -w"];
const moduleFolder = join(import.meta.dirname, "../engines/llm-d-inference-sim");

/**
 * Gives the path of the program llm-d-inference-sim, in the version that our go.mod pins. The first time it is compiled
 * from the Go module proxy, which takes some minutes.
 *
 * @throws Error when there is no Go, a download keeps failing, or it does not compile
 */
export async function buildLlmdSimulator(progress: Progress): Promise<string> {
  const modules = ["go.mod", "go.sum"].map((file) => readFileSync(join(moduleFolder, file), "utf8"));
  const inputs = [...modules, PACKAGE, ...FLAGS];
  const folder = await cached({ name: "llm-d-inference-sim", inputs, build: compile }, progress);
  return join(folder, "llm-d-inference-sim");
}

async function compile(folder: string): Promise<void> {
  const env = { CGO_ENABLED: "0", GOFLAGS: "" };
  const go = (...args: readonly string[]) => command("go", args, { cwd: moduleFolder, env });
  // Listing the dependencies downloads just the modules that the build needs.
  await retried(() => go("list", "-deps", PACKAGE));
  await go("build", ...FLAGS, "-o", `${folder}/`, PACKAGE);
}
