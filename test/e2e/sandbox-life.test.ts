import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { sandboxEnvironment } from "../../sandbox/environment.ts";
import { foldersOf } from "../../sandbox/folders.ts";
import { membersOf, runningSandbox } from "../../sandbox/identity.ts";
import { ports } from "../../sandbox/names.ts";
import { processes } from "../../sandbox/node/processes.ts";
import { firewallRules, firewallTools, hostSettings, hostTraces, type HostTraces } from "./host.ts";
import { run, type Outcome } from "./project.ts";

const name = "e2e-second";
const folders = foldersOf(name);

const sandbox = (...words: string[]): Promise<Outcome> =>
  run("npm", ["run", "--silent", "sandbox", "--", ...words, "--name", name], { cwd: inject("project") });

function childrenOf(pid: number): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return children === "" ? [] : children.split(" ").map(Number);
}

function outermost(): number {
  const pid = runningSandbox(folders)?.pid;
  if (pid === undefined) throw new Error("the sandbox does not run");
  return pid;
}

const namespaceOf = (pid: number) => readlinkSync(`/proc/${pid}/ns/pid`);

/** Process ids, on the host, of everything inside the sandbox, or of those among it that are chosen. */
function inhabitants(chosen: (pid: number) => boolean = () => true): readonly number[] {
  const own = namespaceOf(init());
  const pids = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
  return pids.map(Number).filter((pid) => {
    try {
      return namespaceOf(pid) === own && chosen(pid);
    } catch {
      // It has ended meanwhile.
      return false;
    }
  });
}

function init(): number {
  const [first] = childrenOf(outermost());
  if (first === undefined) throw new Error("the sandbox has no init");
  return first;
}

function inhabitant(words: readonly string[]): number {
  const start = `${words.join("\0")}\0`;
  const [found] = inhabitants((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith(start));
  if (found === undefined) throw new Error(`nothing runs as ${words.join(" ")}`);
  return found;
}

/** How many sandboxes of this name run: each has a process namespace of its own. */
function sandboxes(): number {
  const namespaces = new Set(membersOf(folders).map(({ pid }) => namespaceOf(pid)));
  namespaces.delete(namespaceOf(process.pid));
  return namespaces.size;
}

async function kubectl(...args: string[]): Promise<string> {
  const { code, stdout, output } = await run("kubectl", args, {
    cwd: inject("project"),
    env: sandboxEnvironment(name),
  });
  if (code !== 0) throw new Error(`kubectl ${args.join(" ")} ended with ${code}:\n${output}`);
  return stdout;
}

/**
 * Lets a new pod pull its image and reach a new Service by name. That takes every process: etcd and the API server keep
 * both, the controller manager finds the Service's endpoints, the scheduler places the pod, the kubelet and containerd
 * run it, the registry is asked for the image, and kube-proxy leads to the Service.
 */
async function provesWork(label: string): Promise<void> {
  const ready = () => kubectl("get", "--raw", "/readyz").catch((error: unknown) => String(error));
  await expect.poll(ready, { timeout: 60_000 }).toBe("ok");
  const object = `proof-${label}`;
  const within = ["-n", "kube-system"];
  await kubectl(...within, "expose", "deployment", "coredns", `--name=${object}`, "--port=53", "--protocol=TCP");
  // The dot at the end keeps a name server that is not up yet from being asked for four names in turn.
  const script = `
    const again = () => setTimeout(connect, 200);
    const connect = () =>
      require("net").connect(53, "${object}.kube-system.svc.cluster.local.").on("error", again)
        .setTimeout(1000, function () { this.destroy(new Error("no answer")); })
        .on("connect", () => process.exit(0));
    connect();`;
  const pod = ["--image=docker.io/library/node:24-bookworm-slim", "--image-pull-policy=Always", "--restart=Never"];
  await kubectl(...within, "run", object, ...pod, "--command", "--", "node", "-e", script);
  await kubectl(...within, "wait", "--for=jsonpath={.status.phase}=Succeeded", `pod/${object}`, "--timeout=60s");
}

let traces: HostTraces;
let firewall: string;

beforeAll(async () => {
  // An earlier run may have been cut off.
  await sandbox("down");
  traces = hostTraces(name);
  firewall = firewallRules();
});

afterAll(async () => {
  await sandbox("down");
});

it("runs once beside the first after two ups at the same time", async () => {
  const ups = await Promise.all([sandbox("up"), sandbox("up")]);
  for (const { code, output } of ups) {
    expect(output).toContain(`the sandbox '${name}' is ready`);
    expect(code).toBe(0);
  }
  expect(sandboxes()).toBe(1);
  expect(runningSandbox(folders)?.address).not.toBe(runningSandbox(foldersOf(inject("sandbox")))?.address);
  expect((await sandbox("status")).code).toBe(0);
});

it("shows in what is looked at for traces on the host", () => {
  const { listening, cgroups, files } = hostTraces(name);
  expect(listening).toHaveLength(traces.listening.length + ports.length);
  expect(cgroups).not.toEqual([]);
  expect(files).toContain(name);
});

it("leaves a running sandbox as it is on a second up", async () => {
  const pid = outermost();
  expect((await sandbox("up")).code).toBe(0);
  expect(outermost()).toBe(pid);
});

it.each(processes)("starts $name again after kill -9, and it works", async ({ name: label, command, args }) => {
  const pid = inhabitant([command, ...args]);
  process.kill(pid, "SIGKILL");
  await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 10_000 }).toBe(false);
  await expect.poll(() => inhabitant([command, ...args]), { timeout: 10_000 }).not.toBe(pid);
  await provesWork(label);
});

it.each([
  ["init", init],
  ["supervisor", () => inhabitant(["/usr/local/bin/node", "/opt/sandbox/src/node/supervisor.ts"])],
])("ends when its %s is killed, and comes up again with its objects", async (label, find) => {
  await kubectl("create", "configmap", `kept-${label}`);
  const ended = outermost();
  process.kill(find(), "SIGKILL");
  await expect.poll(async () => (await sandbox("status")).code, { timeout: 10_000 }).not.toBe(0);
  expect((await sandbox("up")).code).toBe(0);
  expect(outermost()).not.toBe(ended);
  expect(await kubectl("get", "configmap", `kept-${label}`, "-o", "name")).toBe(`configmap/kept-${label}\n`);
  await provesWork(label);
});

it("is gone without a trace after down, even when its outermost process was killed before", async () => {
  const residents = inhabitants();
  expect(residents.length).toBeGreaterThan(8);
  process.kill(outermost(), "SIGKILL");
  expect((await sandbox("down")).code).toBe(0);
  expect(residents.filter((pid) => existsSync(join("/proc", String(pid), "root")))).toEqual([]);
  expect(sandboxes()).toBe(0);
  expect(hostTraces(name)).toEqual(traces);
});

it("leaves the kernel's settings as they were before any sandbox", () => {
  expect(hostSettings()).toEqual(inject("hostSettings"));
});

it.skipIf(firewallTools().length === 0)("leaves no firewall rule (as nft or iptables-save tell)", () => {
  expect(firewallRules()).toBe(firewall);
});
