import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { Status } from "./names.ts";
import type { SandboxFolders } from "./folders.ts";

/** A running sandbox. */
export interface Identity {
  /** Outermost process, on the host. */
  readonly pid: number;
  /** Loopback address on which the sandbox is reached. */
  readonly address: string;
}

const endedStates = ["Z", "X"];

function environmentOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    // It has ended since, or belongs to somebody else.
    return [];
  }
}

function hasEnded(pid: string): boolean {
  try {
    // The second field, the program's name in parentheses, may itself contain blanks.
    const state = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.charAt(0) ?? "X";
    return endedStates.includes(state);
  } catch {
    return true;
  }
}

/**
 * The processes that a sandbox consists of on the host, lowest id first: its outermost one, its init and its supervisor.
 * They are known by their environment, so no file has to be right about them.
 */
export function membersOf(folders: SandboxFolders): readonly Identity[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && !hasEnded(entry))
    .flatMap((pid) => {
      const environment = environmentOf(pid);
      if (!environment.includes(`STATE=${folders.state}`)) return [];
      const address = environment.find((entry) => entry.startsWith("ADDRESS="))?.slice("ADDRESS=".length);
      return address === undefined ? [] : [{ pid: Number(pid), address }];
    })
    .sort((one, other) => one.pid - other.pid);
}

/** The sandbox if it runs; undefined if not. */
export function runningSandbox(folders: SandboxFolders): Identity | undefined {
  return membersOf(folders)[0];
}

/** The address that the sandbox had when it was started last, which its certificate names; undefined before the first. */
export function lastAddress(folders: SandboxFolders): string | undefined {
  const address = existsSync(folders.address) ? readFileSync(folders.address, "utf8") : "";
  return /^127\.77\.0\.\d+$/.test(address) ? address : undefined;
}

/** The inside's last report; undefined before its first. */
export function readStatus(folders: SandboxFolders): Status | undefined {
  return existsSync(folders.status) ? (JSON.parse(readFileSync(folders.status, "utf8")) as Status) : undefined;
}
