import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Status } from "./names.ts";
import type { SandboxFolders } from "./folders.ts";

/** What identifies a running sandbox. */
export interface Identity {
  /** Outermost process, on the host. */
  readonly pid: number;
  /** The kernel's start time of that process, so that a reused process id is not taken for it. */
  readonly startTime: string;
  /** Loopback address on which the sandbox is reached. */
  readonly address: string;
}

const startTimeField = 19;

/** Start time of a process in clock ticks since boot, as the kernel writes it; undefined when there is none. */
export function startTimeOf(pid: number): string | undefined {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return undefined;
  // The second field, the program's name in parentheses, may itself contain blanks.
  return readFileSync(file, "utf8").split(") ").at(-1)?.split(" ")[startTimeField];
}

/** The identity that the last start of this sandbox wrote; undefined when it was never started. */
export function readIdentity(folders: SandboxFolders): Identity | undefined {
  return existsSync(folders.identity) ? (JSON.parse(readFileSync(folders.identity, "utf8")) as Identity) : undefined;
}

/** Records which process a sandbox is. */
export function writeIdentity(folders: SandboxFolders, identity: Identity): void {
  writeFileSync(folders.identity, JSON.stringify(identity));
}

/** Whether the sandbox's outermost process lives. */
export function isRunning(identity: Identity | undefined): boolean {
  return identity !== undefined && startTimeOf(identity.pid) === identity.startTime;
}

/** The inside's last report; undefined before its first. */
export function readStatus(folders: SandboxFolders): Status | undefined {
  return existsSync(folders.status) ? (JSON.parse(readFileSync(folders.status, "utf8")) as Status) : undefined;
}
