import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { cgroupOf, foldersOf, sandboxesFolder } from "../../sandbox/folders.ts";
import { runningSandbox } from "../../sandbox/identity.ts";

/** Kernel settings of the host by name. */
export type HostSettings = Readonly<Record<string, string>>;

/** What a sandbox could leave on the host, apart from its firewall rules and settings. */
export interface HostTraces {
  readonly mounts: readonly string[];
  readonly interfaces: readonly string[];
  /** `address:port` of what listens on a sandbox's kind of address and belongs to no other sandbox. */
  readonly listening: readonly string[];
  readonly cgroups: readonly string[];
  /** In the folder of all sandboxes. */
  readonly files: readonly string[];
}

// The first five are those that a kubelet writes.
const settings = [
  "kernel/panic",
  "kernel/panic_on_oops",
  "vm/overcommit_memory",
  "kernel/keys/root_maxkeys",
  "kernel/keys/root_maxbytes",
  "net/ipv4/ip_forward",
];

/** The kernel's settings that a Kubernetes node is known to change, as far as this kernel has them. */
export function hostSettings(): HostSettings {
  const present = settings.filter((name) => existsSync(join("/proc/sys", name)));
  return Object.fromEntries(present.map((name) => [name, readFileSync(join("/proc/sys", name), "utf8").trim()]));
}

const firewallReaders = ["nft", "iptables-save", "ip6tables-save", "iptables-legacy-save", "ip6tables-legacy-save"];

/** The programs of this machine that print firewall rules. */
export function firewallTools(): readonly string[] {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return firewallReaders.flatMap((name) => {
    const file = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
    return file === undefined ? [] : [file];
  });
}

/**
 * The host's firewall rules, without their counters.
 *
 * @throws Error when one of the {@link firewallTools} fails
 */
export function firewallRules(): string {
  const listing = firewallTools().map((tool) =>
    execFileSync(tool, tool.endsWith("/nft") ? ["--stateless", "list", "ruleset"] : []).toString(),
  );
  return listing
    .join("")
    .replaceAll(/^#.*\n/gm, "")
    .replaceAll(/\[\d+:\d+\]/g, "");
}

function dotted(hex: string): string {
  return Buffer.from(hex, "hex").reverse().join(".");
}

function listening(name: string): readonly string[] {
  const others = readdirSync(sandboxesFolder)
    .filter((entry) => entry !== name)
    .map((entry) => runningSandbox(foldersOf(entry))?.address);
  const sockets = readFileSync("/proc/net/tcp", "utf8").trim().split("\n").slice(1);
  return sockets
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state]) => state === "0A")
    .map(([, local = ""]) => local.split(":"))
    .map(([address = "", port = ""]) => ({ address: dotted(address), port: Number.parseInt(port, 16) }))
    .filter(({ address }) => address.startsWith("127.77.") && !others.includes(address))
    .map(({ address, port }) => `${address}:${port}`)
    .sort();
}

/** What there is on the host that the sandbox of that name may have made. */
export function hostTraces(name: string): HostTraces {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8").trim().split("\n");
  const cgroups = execFileSync("find", ["/sys/fs/cgroup", "-maxdepth", "2", "-name", `${cgroupOf(name)}*`]);
  return {
    mounts: mounts.map((line) => line.split(" ")[4] ?? "").sort(),
    interfaces: readdirSync("/sys/class/net").sort(),
    listening: listening(name),
    cgroups: cgroups.toString().split("\n").filter(Boolean).sort(),
    files: readdirSync(sandboxesFolder).filter((entry) => entry.startsWith(name)),
  };
}
