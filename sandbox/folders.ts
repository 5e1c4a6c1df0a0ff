import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";

const product = "vllm-istio-canary";

/** Root of the project's checkout. */
export const projectFolder = dirname(dirname(fileURLToPath(import.meta.url)));

/** The XDG base folder that an environment variable names; what is not absolute is to be ignored, says the standard. */
function baseFolder(variable: string, fallback: string): string {
  const named = process.env[variable] ?? "";
  return isAbsolute(named) ? named : join(homedir(), fallback);
}

/** What may be kept between sandboxes and rebuilt at any time: `$XDG_CACHE_HOME` or `~/.cache`. */
export const cacheFolder = join(baseFolder("XDG_CACHE_HOME", ".cache"), product, "sandbox");

/** Parent of every sandbox's own folder: `$XDG_STATE_HOME` or `~/.local/state`. */
export const sandboxesFolder = join(baseFolder("XDG_STATE_HOME", ".local/state"), product, "sandboxes");

/**
 * Name of the cgroup that holds all pods of a sandbox: one for each state folder, so that equal names of two users or
 * two state folders do not meet.
 */
export function cgroupOf(name: string): string {
  const id = createHash("sha256").update(join(sandboxesFolder, name)).digest("hex").slice(0, 8);
  return `${product}-${name}-${id}`;
}

/** Folders and files of one sandbox. */
export interface SandboxFolders {
  /** All of it; removed by `down`. */
  readonly state: string;
  /** What the inside sees as its state. */
  readonly data: string;
  readonly kubeconfig: string;
  readonly status: string;
  readonly logs: string;
  /** The loopback address of the sandbox's last start. */
  readonly address: string;
  /** Programs that the sandbox's shell has first on PATH. */
  readonly programs: string;
  /** Pulumi's home and its file backend. */
  readonly pulumiHome: string;
  readonly pulumiBackend: string;
}

/** The sandbox's name when none is given. */
export const defaultSandbox = "sandbox";

const contextPrefix = `${product}-`;

/** Name of the kubeconfig context of the sandbox of that name. */
export function contextOf(name: string): string {
  return contextPrefix + name;
}

/** Name of the sandbox that a kubeconfig context is of; undefined for another cluster's. */
export function sandboxOf(context: string): string | undefined {
  return context.startsWith(contextPrefix) ? context.slice(contextPrefix.length) : undefined;
}

const namePattern = /^[a-z][a-z0-9-]{0,30}$/;

/**
 * Where the sandbox of that name keeps everything.
 *
 * @throws Error when the name is none: it becomes part of paths that are removed
 */
export function foldersOf(name: string): SandboxFolders {
  if (!namePattern.test(name)) {
    throw new Error(
      `'${name}' cannot name a sandbox: it takes 1 to 31 lower-case letters, digits or dashes, the first one a letter`,
    );
  }
  const state = join(sandboxesFolder, name);
  const data = join(state, "data");
  return {
    state,
    data,
    kubeconfig: join(data, "kubeconfig"),
    status: join(data, "status.json"),
    logs: join(data, "logs"),
    address: join(state, "address"),
    programs: join(state, "bin"),
    pulumiHome: join(state, "pulumi-home"),
    pulumiBackend: join(state, "pulumi-backend"),
  };
}
