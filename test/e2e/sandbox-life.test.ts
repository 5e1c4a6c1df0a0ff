import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, inject, it } from "vitest";
import { foldersOf } from "../../sandbox/folders.ts";
import { readIdentity } from "../../sandbox/identity.ts";
import { cgroupOf } from "../../sandbox/node/cgroup.ts";
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
  const pid = readIdentity(folders)?.pid;
  if (pid === undefined) throw new Error("the sandbox has no identity");
  return pid;
}

/** Process ids, on the host, of everything inside the sandbox. */
function inhabitants(): readonly number[] {
  const [init] = childrenOf(outermost());
  const own = readlinkSync(`/proc/${init ?? 0}/ns/pid`);
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/ns/pid`) === own;
      } catch {
        return false;
      }
    });
}

function inhabitant(commandLine: string): number {
  const found = inhabitants().find((pid) => {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").includes(commandLine);
  });
  if (found === undefined) throw new Error(`nothing runs as ${commandLine}`);
  return found;
}

/** What a sandbox could leave on the host. */
function hostTraces(): object {
  const cgroups = execFileSync("find", ["/sys/fs/cgroup", "-maxdepth", "2", "-name", `${cgroupOf(name)}*`]).toString();
  return {
    mounts: readFileSync("/proc/self/mountinfo", "utf8").split("\n").length,
    interfaces: readdirSync("/sys/class/net").sort(),
    firewall: execFileSync("sh", [
      "-c",
      "command -v iptables-save >/dev/null && iptables-save | grep -v ^# || true",
    ]).toString(),
    cgroups,
    files: existsSync(folders.state),
  };
}

const before = hostTraces();

afterAll(async () => {
  await sandbox("down");
});

it("runs a second sandbox beside the first", async () => {
  const { code, output } = await sandbox("up");
  expect(output).toContain(`the sandbox '${name}' is ready`);
  expect(code).toBe(0);
  expect(readIdentity(folders)?.address).not.toBe(readIdentity(foldersOf(inject("sandbox")))?.address);
  expect((await sandbox("status")).code).toBe(0);
});

it("leaves a running sandbox as it is on a second up", async () => {
  const pid = outermost();
  expect((await sandbox("up")).code).toBe(0);
  expect(outermost()).toBe(pid);
});

it.each(["kube kubelet", "containerd --config", "kube apiserver", "kube etcd", "registry serve"])(
  "starts %s again after kill -9",
  async (commandLine) => {
    const pid = inhabitant(commandLine);
    process.kill(pid, "SIGKILL");
    await expect.poll(() => existsSync(`/proc/${pid}`)).toBe(false);
    await expect.poll(() => inhabitant(commandLine), { timeout: 10_000 }).not.toBe(pid);
    await expect
      .poll(
        () =>
          run(
            "npm",
            ["run", "--silent", "sandbox", "--", "shell", "--name", name, "kubectl", "get", "--raw", "/readyz"],
            { cwd: inject("project") },
          ).then(({ output }) => output),
        { timeout: 60_000 },
      )
      .toBe("ok");
  },
);

it("comes up again, with its objects, after its init was killed", async () => {
  const shell = (...words: string[]) =>
    run("npm", ["run", "--silent", "sandbox", "--", "shell", "--name", name, ...words], { cwd: inject("project") });
  await shell("kubectl", "create", "configmap", "kept");
  const [init] = childrenOf(outermost());
  process.kill(init ?? 0, "SIGKILL");
  await expect.poll(async () => (await sandbox("status")).code, { timeout: 10_000 }).not.toBe(0);
  expect((await sandbox("up")).code).toBe(0);
  expect((await shell("kubectl", "get", "configmap", "kept", "-o", "name")).output).toContain("configmap/kept");
});

it("is gone without a trace after down, even when its outermost process was killed before", async () => {
  const residents = inhabitants();
  expect(residents.length).toBeGreaterThan(8);
  process.kill(outermost(), "SIGKILL");
  expect((await sandbox("down")).code).toBe(0);
  expect(residents.filter((pid) => existsSync(join("/proc", String(pid), "root")))).toEqual([]);
  expect(hostTraces()).toEqual(before);
});
