import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const ARGUMENTS = ["--query-gpu=utilization.gpu", "--format=csv,noheader,nounits"];
const TIMEOUT_MS = 2000;

/**
 * Creates a reader of how busy each GPU is, 0 to 1, according to `nvidia-smi` on `PATH`. It returns an empty list when
 * the program fails or takes longer than 2 s, leaves GPUs out that cannot tell, and never rejects. Where there is no such
 * program it is not looked for again.
 */
export function createNvidiaSmi(): () => Promise<readonly number[]> {
  let absent = false;
  return async () => {
    if (absent) return [];
    try {
      const { stdout } = await run("nvidia-smi", ARGUMENTS, { timeout: TIMEOUT_MS, killSignal: "SIGKILL" });
      return parseUtilization(stdout);
    } catch (error) {
      absent = error instanceof Error && "code" in error && error.code === "ENOENT";
      return [];
    }
  };
}

/** Reads one percentage a line; a line that is none, such as `[N/A]`, is skipped. */
function parseUtilization(output: string): number[] {
  const percentages = output.split("\n").filter((line) => /^\s*\d{1,3}\s*$/.test(line));
  return percentages.map((line) => Number(line) / 100).filter((share) => share <= 1);
}
