/**
 * Runs inside a sandbox's namespaces: prepares the node, keeps its processes running, carries connections from the
 * host's loopback address inside, and reports to `status.json`. Arguments: loopback address, kubeconfig context, cgroup.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { firstListenerDescriptor, inside, network, portOf, ports, type Port, type Status } from "../names.ts";
import { ApiClient } from "./api-client.ts";
import { makeCertificates } from "./certificates.ts";
import { makeCgroup } from "./cgroup.ts";
import { serveCharts } from "./charts.ts";
import { cniPluginFolder, linkCniPlugins } from "./cni.ts";
import { credentials, kubeconfigOf, writeKubeconfig } from "./credentials.ts";
import { writeFiles } from "./files.ts";
import { LoadBalancer } from "./load-balancer.ts";
import { NetworkPolicies } from "./network-policies.ts";
import { ProcessKeeper } from "./process-keeper.ts";
import { kubectl, processes } from "./processes.ts";
import { relay } from "./relay.ts";

const certificates = `${inside.state}/certificates`;

const retryMs = 200;

let phase = "starting";
let ready = false;

function report(): void {
  const statuses = [...keepers.values()].map((keeper) => keeper.status());
  const allRun = statuses.every(({ pid }) => pid !== undefined);
  const status: Status = { ready: ready && allRun, phase, processes: statuses };
  const file = `${inside.state}/status.json`;
  writeFileSync(`${file}.new`, JSON.stringify(status));
  renameSync(`${file}.new`, file);
}

function enter(next: string): void {
  phase = next;
  report();
}

const keepers = new Map(processes.map((spec) => [spec.name, new ProcessKeeper(spec, report)]));

function prepareNetwork(): void {
  const ip = (...args: string[]) => execFileSync("ip", args);
  ip("link", "set", "lo", "up");
  // The kernel may have no dummy device; an empty bridge holds the node's address as well.
  ip("link", "add", "node0", "type", "bridge");
  ip("address", "add", `${network.node}/24`, "dev", "node0");
  ip("link", "set", "node0", "up");
  // Without a route the kernel refuses a Service's address before kube-proxy's rules can rewrite it.
  ip("route", "add", network.services, "dev", "node0");
  writeFileSync("/proc/sys/net/ipv4/ip_forward", "1");
}

/** Writes certificates, tokens, kubeconfigs and configuration files; gives the administrator's token. */
function prepareFiles(address: string, context: string, cgroup: string): string {
  mkdirSync(`${inside.state}/logs`, { recursive: true });
  makeCertificates(certificates, address);
  const all = credentials(`${inside.state}/tokens.csv`);
  const authority = `${certificates}/ca.crt`;
  for (const { user, token } of all) {
    const file = kubeconfigOf(inside.state, user as Parameters<typeof kubeconfigOf>[1]);
    writeKubeconfig(file, `https://${network.node}:${portOf("api")}`, context, token, authority);
  }
  const admin = all[0]?.token ?? "";
  writeKubeconfig(`${inside.state}/kubeconfig`, `https://${address}:${portOf("api")}`, context, admin, authority);
  makeCgroup(cgroup);
  linkCniPlugins("/usr/lib/cni", cniPluginFolder);
  writeFiles(`/${cgroup}`, kubeconfigOf(inside.state, "system:kube-proxy"));
  return admin;
}

async function startProcesses(): Promise<void> {
  const readiness = new Map<string, Promise<void>>();
  for (const spec of processes) {
    const keeper = keepers.get(spec.name);
    if (keeper === undefined) continue;
    const start = async () => {
      await Promise.all(spec.after.flatMap((name) => readiness.get(name) ?? []));
      keeper.start();
      await keeper.ready();
    };
    readiness.set(spec.name, start());
  }
  await Promise.all(readiness.values());
}

async function until(what: string, attempt: () => Promise<unknown>): Promise<void> {
  enter(what);
  let shown = "";
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      const reason = String(error);
      if (reason !== shown) console.error(`${what}: ${(shown = reason)}`);
      await delay(retryMs);
    }
  }
}

function startRelays(loadBalancer: LoadBalancer): void {
  const targets: Record<Port["name"], (port: number) => string | undefined> = {
    api: () => network.node,
    registry: () => "127.0.0.1",
    charts: () => "127.0.0.1",
    http: (port) => loadBalancer.target(port),
    https: (port) => loadBalancer.target(port),
  };
  ports.forEach(({ name, port }, index) => {
    relay(firstListenerDescriptor + index, () => {
      const host = targets[name](port);
      return host === undefined ? undefined : { host, port };
    });
  });
}

async function main(address: string, context: string, cgroup: string): Promise<void> {
  prepareNetwork();
  const api = new ApiClient(prepareFiles(address, context, cgroup));
  const loadBalancer = new LoadBalancer(address, api);
  serveCharts(inside.charts, portOf("charts"));
  startRelays(loadBalancer);
  enter("control plane");
  await startProcesses();
  loadBalancer.start();
  await new NetworkPolicies(api).start();
  await until("add-ons", () => kubectl("apply", "-f", `${inside.sources}/manifests`));
  await until("node", () => kubectl("wait", "--for=condition=Ready", "node/sandbox", "--timeout=60s"));
  await until("cluster DNS", () => kubectl("-n", "kube-system", "rollout", "status", "deployment/coredns"));
  ready = true;
  enter("ready");
}

const [address, context, cgroup] = process.argv.slice(2);
if (address === undefined || context === undefined || cgroup === undefined) {
  throw new Error("usage: supervisor.ts ADDRESS CONTEXT CGROUP");
}
await main(address, context, cgroup);
