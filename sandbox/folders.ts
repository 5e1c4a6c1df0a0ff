import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const product = "vllm-istio-canary";

/** Root of the project's checkout. */
export const projectFolder = dirname(dirname(fileURLToPath(import.meta.url)));

/** What may be kept between sandboxes and rebuilt at any time: `$XDG_CACHE_HOME` or `~/.cache`. */
export const cacheFolder = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), product, "sandbox");

/** Parent of every sandbox's own folder: `$XDG_STATE_HOME` or `~/.local/state`. */
export const sandboxesFolder = join(
  process.env["XDG_STATE_HOME"] ?? join(homedir(), ".local/state"),
  product,
  "sandboxes",
);

/** Folders and files of one sandbox. */
export interface SandboxFolders {
  /** All of it; removed by `down`. */
  readonly state: string;
  /** What the inside sees as its state. */
  readonly data: string;
  readonly kubeconfig: string;
  readonly status: string;
  readonly logs: string;
  /** Process id and start time of the sandbox's outermost process, and its address. */
  readonly identity: string;
  /** Programs that the sandbox's shell has first on PATH. */
  readonly programs: string;
  /** Pulumi's home and its file backend. */
  readonly pulumiHome: string;
  readonly pulumiBackend: string;
}

/** Where the sandbox of that name keeps everything. */
export function foldersOf(name: string): SandboxFolders {
  const state = join(sandboxesFolder, name);
  const data = join(state, "data");
  return {
    state,
    data,
    kubeconfig: join(data, "kubeconfig"),
    status: join(data, "status.json"),
    logs: join(data, "logs"),
    identity: join(state, "identity.json"),
    programs: join(state, "bin"),
    pulumiHome: join(state, "pulumi-home"),
    pulumiBackend: join(state, "pulumi-backend"),
  };
}
