import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { cacheFolder } from "./folders.ts";
import { startTimeOf } from "./identity.ts";

const pollMs = 500;

function taken(file: string): boolean {
  const [pid = "", startTime] = readFileSync(file, "utf8").split(" ");
  return startTimeOf(Number(pid)) === startTime;
}

async function take(file: string): Promise<void> {
  for (;;) {
    try {
      writeFileSync(file, `${process.pid} ${startTimeOf(process.pid) ?? ""}`, { flag: "wx" });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    // A holder that was killed leaves its file; only its own start time proves that it still lives.
    if (taken(file)) await delay(pollMs);
    else rmSync(file, { force: true });
  }
}

/** Does the work while no other process of this user holds the lock of that name. */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(cacheFolder, { recursive: true });
  const file = join(cacheFolder, `${name}.lock`);
  await take(file);
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}
