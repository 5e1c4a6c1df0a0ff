import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChosenCluster } from "../kubernetes/kubeconfig.ts";

/** Helm ended with an error. */
export class HelmError extends Error {}

/** Runs the `helm` on PATH against one cluster. */
export class HelmCommand {
  readonly #cluster: ChosenCluster;
  readonly #signal: AbortSignal;
  #directory: string | undefined;

  constructor(cluster: ChosenCluster, signal: AbortSignal) {
    this.#cluster = cluster;
    this.#signal = signal;
  }

  /**
   * Runs Helm to its end and returns what it printed. Throws `HelmError` with Helm's own message when it fails or
   * cannot be found. On cancellation Helm is interrupted, so that it can undo an atomic release.
   */
  async run(args: readonly string[], input = ""): Promise<string> {
    if (this.#signal.aborted) throw new HelmError("the operation was cancelled");
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const env = { ...process.env, KUBECONFIG: this.#kubeconfig(), HELM_KUBECONTEXT: "", HELM_NAMESPACE: "" };
    const helm = spawn("helm", args, { env, stdio: "pipe" });
    const [output, errors] = [[] as Buffer[], [] as Buffer[]];
    const interrupt = (): void => void helm.kill("SIGINT");
    this.#signal.addEventListener("abort", interrupt, { once: true });
    helm.stdout.on("data", (chunk: Buffer) => output.push(chunk));
    helm.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
    helm.once("error", (error: NodeJS.ErrnoException) => {
      const why = error.code === "ENOENT" ? "helm is not on PATH; Helm releases need it" : error.message;
      reject(new HelmError(why));
    });
    helm.once("close", (code) => {
      this.#signal.removeEventListener("abort", interrupt);
      if (code === 0) resolve(Buffer.concat(output).toString("utf8"));
      else reject(new HelmError(helmMessage(Buffer.concat(errors).toString("utf8"))));
    });
    // A helm that fails early closes its input: the message it leaves is what counts.
    helm.stdin.on("error", () => undefined);
    helm.stdin.end(input);
    return await promise;
  }

  /** Removes the kubeconfig that was written for Helm. */
  dispose(): void {
    if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true, force: true });
    this.#directory = undefined;
  }

  /** The path of a kubeconfig with the cluster, context and user of the provider, readable by this user alone. */
  #kubeconfig(): string {
    if (this.#directory === undefined) {
      this.#directory = mkdtempSync(join(tmpdir(), "helm-kubeconfig-"));
      // Written once: another helm may be reading it while this one starts.
      writeFileSync(join(this.#directory, "config"), this.#cluster.config.exportConfig(), { mode: 0o600 });
    }
    return join(this.#directory, "config");
  }
}

/** Helm's error message without its prefix and its warnings. */
export function helmMessage(errors: string): string {
  const lines = errors
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^(WARNING|walk\.go|[IWE]\d{4} )/.test(line));
  return lines.join("\n").replace(/^Error: /m, "") || "helm failed without a message";
}
