/** Brings up, for all e2e tests, one sandbox with the stack in it, just as `npm run up` does; removes it at the end. */
import type { TestProject } from "vitest/node";
import { hostSettings, type HostSettings } from "./host.ts";
import { copyProject, removeProject, run } from "./project.ts";

/** Name of the sandbox that the tests share. */
const name = "e2e";

declare module "vitest" {
  interface ProvidedContext {
    /** Copy of the checkout whose stack `dev` runs on the sandbox. */
    project: string;
    /** Name of the shared sandbox. */
    sandbox: string;
    /** The host's settings before there was a sandbox. */
    hostSettings: HostSettings;
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
    try {
      await npm(folder, "down", "--", "--name", name);
    } finally {
      removeProject(folder);
    }
  };
  try {
    await npm(folder, "sandbox", "--", "down", "--name", name);
    provide("hostSettings", hostSettings());
    provide("upOutput", await npm(folder, "up", "--", "--name", name));
  } catch (error) {
    // Why it did not come up is what matters; what stops its removal is on the screen.
    await Promise.allSettled([remove()]);
    throw error;
  }
  provide("project", folder);
  provide("sandbox", name);
  return remove;
}
