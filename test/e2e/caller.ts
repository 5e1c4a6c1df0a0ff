import { kubectl } from "./stack.ts";

const image = "docker.io/library/node:24-bookworm-slim";
/** Port on which a caller answers everybody with status 200. */
export const callerPort = 8080;

/** What a call from inside the cluster met: the status of the answer, or the code of the connection's error. */
export type Met = number | string;

/** Labels of a Kubernetes object. */
type Labels = Readonly<Record<string, string>>;

/** Where a caller is. */
export interface CallerPlace {
  readonly namespace: string;
  /** Labels of the namespace, which is made for the caller. undefined: it is there already. */
  readonly namespaceLabels?: Labels;
  /** Labels of the pod. */
  readonly labels?: Labels;
}

/** A pod from which tests call others, and which answers calls itself. */
export class Caller {
  readonly #place: CallerPlace;
  /** Address of the pod. */
  readonly address: string;

  private constructor(place: CallerPlace, address: string) {
    this.#place = place;
    this.address = address;
  }

  /** Starts it, in a new namespace if it has labels for one. */
  static async start(place: CallerPlace): Promise<Caller> {
    const { namespace, namespaceLabels, labels = {} } = place;
    if (namespaceLabels !== undefined) {
      await kubectl("create", "namespace", namespace);
      await kubectl("label", "namespace", namespace, "test=caller", ...pairs(namespaceLabels));
    }
    const own = `--labels=${pairs({ ...labels, test: "caller" }).join(",")}`;
    const overrides = `--overrides=${JSON.stringify({ spec: podSpec() })}`;
    await kubectl("-n", namespace, "run", "caller", `--image=${image}`, own, overrides);
    await kubectl("-n", namespace, "wait", "pod/caller", "--for=condition=Ready", "--timeout=90s");
    const address = await kubectl("-n", namespace, "get", "pod", "caller", "-o", "jsonpath={.status.podIP}");
    return new Caller(place, address);
  }

  /** Asks for a page, and gives up after three seconds. */
  async get(url: string): Promise<Met> {
    // Ends at once: a connection that nobody answers would keep the process for another seven seconds.
    const program = `
      const met = (result) => {
        require("fs").writeSync(1, JSON.stringify(result));
        process.exit();
      };
      fetch(${JSON.stringify(url)}, { signal: AbortSignal.timeout(3000) }).then(
        ({ status }) => met(status),
        (error) => met(error.cause?.code ?? error.name),
      );`;
    const args = ["-n", this.#place.namespace, "exec", "caller", "-c", "caller", "--", "node", "-e", program];
    return JSON.parse(await kubectl(...args)) as Met;
  }

  /** Removes the pod, and its namespace if that was made for it. */
  async remove(): Promise<void> {
    const { namespace, namespaceLabels } = this.#place;
    if (namespaceLabels !== undefined) await kubectl("delete", "namespace", namespace);
    else await kubectl("-n", namespace, "delete", "pod", "caller", "--grace-period=0", "--force");
  }
}

function pairs(labels: Labels): string[] {
  return Object.entries(labels).map(([key, value]) => `${key}=${value}`);
}

/** A pod that meets the Pod Security standard `restricted`. */
function podSpec(): object {
  const program = `require("http").createServer((_, answer) => answer.end("here")).listen(${callerPort})`;
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
  return {
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
    terminationGracePeriodSeconds: 0,
    containers: [{ name: "caller", image, command: ["node", "-e", program], securityContext }],
  };
}
