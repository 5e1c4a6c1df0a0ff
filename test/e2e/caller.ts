import { kubectl } from "./stack.ts";

const image = "docker.io/library/node:24-bookworm-slim";

/** What a call from inside the cluster met: the status of the answer, or the code of the connection's error. */
export type Met = number | string;

/** A pod in a namespace of its own, from which tests call others. */
export class Caller {
  readonly #namespace: string;

  private constructor(namespace: string) {
    this.#namespace = namespace;
  }

  /** Starts it in a new namespace of those labels. */
  static async start(namespace: string, labels: Readonly<Record<string, string>> = {}): Promise<Caller> {
    await kubectl("create", "namespace", namespace);
    const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
    if (pairs.length > 0) await kubectl("label", "namespace", namespace, ...pairs);
    await kubectl("-n", namespace, "run", "caller", `--image=${image}`, "--", "sleep", "infinity");
    await kubectl("-n", namespace, "wait", "pod/caller", "--for=condition=Ready", "--timeout=90s");
    return new Caller(namespace);
  }

  /** Asks for a page, and gives up after three seconds. */
  async get(url: string): Promise<Met> {
    const program = `
      fetch(${JSON.stringify(url)}, { signal: AbortSignal.timeout(3000) }).then(
        ({ status }) => console.log(status),
        (error) => console.log(JSON.stringify(error.cause?.code ?? error.name)),
      );`;
    const args = ["-n", this.#namespace, "exec", "caller", "-c", "caller", "--", "node", "-e", program];
    return JSON.parse(await kubectl(...args)) as Met;
  }

  /** Removes the pod and its namespace. */
  async remove(): Promise<void> {
    await kubectl("delete", "namespace", this.#namespace);
  }
}
