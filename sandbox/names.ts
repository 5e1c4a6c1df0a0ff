/** Facts that the host side and the inside of a sandbox must agree on. */

/** A port that the sandbox offers on its loopback address. */
export interface Port {
  /** Name of the listener; the inside finds its target by it. */
  readonly name: "api" | "registry" | "charts" | "http" | "https";
  readonly port: number;
}

/**
 * Every port a sandbox listens on, in the order in which the listening sockets are inherited as file descriptors.
 * `http` and `https` belong to whatever Service of type LoadBalancer asks for them.
 */
export const ports: readonly Port[] = [
  { name: "api", port: 6443 },
  { name: "registry", port: 5000 },
  { name: "charts", port: 8879 },
  { name: "http", port: 80 },
  { name: "https", port: 443 },
];

/** Number of the port of that name. */
export function portOf(name: Port["name"]): number {
  const found = ports.find((port) => port.name === name);
  if (found === undefined) throw new Error(`no port is named ${name}`);
  return found.port;
}

/** File descriptor of the first inherited listener: after stdin, stdout and stderr. */
export const firstListenerDescriptor = 3;

/** Where the inside finds things, after its root has been changed. */
export const inside = {
  /** Binaries of the toolchain, read-only. */
  tools: "/opt/sandbox/bin",
  /** This room's `node` and `manifests` folders, read-only. */
  sources: "/opt/sandbox/src",
  /** Packaged Helm charts, read-only. */
  charts: "/opt/sandbox/charts",
  /** The sandbox's own writable state. */
  state: "/var/lib/sandbox",
} as const;

/** Addresses inside the sandbox's own network namespace; they mean nothing outside. */
export const network = {
  node: "10.90.0.1",
  services: "10.96.0.0/16",
  apiService: "10.96.0.1",
  dns: "10.96.0.10",
  pods: "10.244.0.0/24",
} as const;

/** What the inside writes to `status.json` in its state folder, once a change. */
export interface Status {
  /** True once the node is Ready and cluster DNS answers; the metrics API follows some 10 seconds later. */
  readonly ready: boolean;
  /** What is being waited for, or "ready". */
  readonly phase: string;
  readonly processes: readonly ProcessStatus[];
}

/** One supervised process. */
export interface ProcessStatus {
  readonly name: string;
  /** Process id inside the sandbox; undefined while it is not running. */
  readonly pid?: number;
  /** How often it was started again after it ended. */
  readonly restarts: number;
}
