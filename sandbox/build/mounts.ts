import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

function mountTable(pid: string): string {
  try {
    return readFileSync(join("/proc", pid, "mountinfo"), "utf8");
  } catch {
    // It ended meanwhile, or belongs to somebody else.
    return "";
  }
}

/** What each process of this machine sees mounted: running sandboxes have mount namespaces of their own. */
export function mountTables(): readonly string[] {
  const processes = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
  return [...new Set(processes.map(mountTable))];
}

/**
 * Whether a folder of the cache, or one inside it, is mounted or lies under a mounted overlay. Only its own name is
 * looked for, which its key makes unique: of a bind mount the table has no path above the file system's root.
 *
 * @param tables contents of `/proc/PID/mountinfo`
 */
export function isMounted(folder: string, tables: readonly string[]): boolean {
  const ends = ["/", " ", ",", ":", "\n"].map((end) => `/${basename(folder)}${end}`);
  return tables.some((table) => ends.some((path) => table.includes(path)));
}
