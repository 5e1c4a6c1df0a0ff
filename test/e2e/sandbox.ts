/** Brings up, for all e2e tests, one sandbox with the stack in it, just as `npm run up` does; removes it at the end. */
import type { TestProject } from "vitest/node";
import { copyProject, removeProject, run } from "./project.ts";

/** Name of the sandbox that the tests share. */
const name = "e2e";

declare module "vitest" {
  interface ProvidedContext {
    /** Copy of the checkout whose stack `dev` runs on the sandbox. */
    project: string;
    /** Name of the shared sandbox. */
    sandbox: string;
    /** What `npm run up` printed. */
    upOutput: string;
  }
}

async function npm(cwd: string, ...args: string[]): Promise<string> {
  const { code, output } = await run("npm", ["run", "--silent", ...args], { cwd, show: true });
  if (code !== 0) throw new Error(`npm run ${args.join(" ")} ended with ${code}`);
  return output;
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = copyProject();
  const remove = async () => {
    await npm(folder, "down", "--", "--name", name);
    removeProject(folder);
  };
  await npm(folder, "sandbox", "--", "down", "--name", name);
  try {
    provide("upOutput", await npm(folder, "up", "--", "--name", name));
  } catch (error) {
    await remove();
    throw error;
  }
  provide("project", folder);
  provide("sandbox", name);
  return remove;
}
