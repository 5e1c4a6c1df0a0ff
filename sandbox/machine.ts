import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statfsSync } from "node:fs";
import { arch, platform } from "node:os";
import { delimiter, join } from "node:path";
import { cacheFolder, sandboxesFolder } from "./folders.ts";

/** What matters of a machine that is to run a sandbox. */
export interface Machine {
  /** As Node names it: `linux`. */
  readonly platform: string;
  /** As Node names it: `x64`. */
  readonly arch: string;
  /** User id; 0 is root. */
  readonly uid: number | undefined;
  /** Whether the kernel can mount overlay file systems. */
  readonly overlay: boolean;
  /** As Go writes it, `go1.26.4`; undefined without Go. */
  readonly goVersion: string | undefined;
  /** Go's setting GOTOOLCHAIN: `local` keeps it from fetching a newer version of itself. */
  readonly goToolchain: string;
  readonly cacheFolder: string;
  readonly sandboxesFolder: string;
  /** Whether a program is on PATH; or, of an absolute path, whether there is such a file. */
  readonly has: (program: string) => boolean;
  /** Bytes free for this user where a folder is or will be. */
  readonly freeBytes: (folder: string) => number;
}

function hasOverlay(): boolean {
  const file = "/proc/filesystems";
  const known = () => existsSync(file) && /\toverlay$/m.test(readFileSync(file, "utf8"));
  if (known()) return true;
  // On many machines it is a module that the first user loads.
  spawnSync("modprobe", ["overlay"]);
  return known();
}

function goSettings(): Pick<Machine, "goVersion" | "goToolchain"> {
  // In a folder with a go.mod, go would first fetch the version that it asks for.
  const { status, stdout } = spawnSync("go", ["env", "GOVERSION", "GOTOOLCHAIN"], { cwd: "/", encoding: "utf8" });
  if (status !== 0) return { goVersion: undefined, goToolchain: "" };
  const [goVersion = "", goToolchain = ""] = stdout.trim().split("\n");
  return { goVersion, goToolchain };
}

function hasFile(program: string): boolean {
  if (program.startsWith("/")) return existsSync(program);
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));
}

function freeBytes(folder: string): number {
  mkdirSync(folder, { recursive: true });
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** The machine this runs on. */
export function thisMachine(): Machine {
  return {
    platform: platform(),
    arch: arch(),
    uid: process.getuid?.(),
    overlay: hasOverlay(),
    ...goSettings(),
    cacheFolder,
    sandboxesFolder,
    has: hasFile,
    freeBytes,
  };
}
