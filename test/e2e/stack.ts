import { cpSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";
import type { StackOutputs } from "../../quickstart/check.ts";
import type { Gateway } from "../../quickstart/traffic.ts";
import { sandboxEnvironment } from "../../sandbox/environment.ts";
import { contextOf, foldersOf } from "../../sandbox/folders.ts";
import { run, type Outcome } from "./project.ts";

/** Namespace of the versions. */
export const namespace = "vllm";

/** How many resources an update changed in each way. */
export type Changes = Readonly<Record<string, number>>;

const environment = () => sandboxEnvironment(inject("sandbox"));

/** Runs `pulumi` on the sandbox as a user in `npm run sandbox -- shell` does. */
export function pulumi(...args: string[]): Promise<Outcome> {
  return run("pulumi", ["--non-interactive", ...args], { cwd: inject("project"), env: environment() });
}

/** Runs `pulumi` and gives its stdout; throws what it printed when it fails. */
export async function mustPulumi(...args: string[]): Promise<string> {
  const { code, stdout, output } = await pulumi(...args);
  if (code !== 0) throw new Error(`pulumi ${args.join(" ")} ended with ${code}:\n${output}`);
  return stdout;
}

/** Runs `kubectl` on the sandbox and gives its stdout; throws what it printed when it fails. */
export async function kubectl(...args: string[]): Promise<string> {
  const { code, stdout, output } = await run("kubectl", args, { cwd: inject("project"), env: environment() });
  if (code !== 0) throw new Error(`kubectl ${args.join(" ")} ended with ${code}:\n${output}`);
  return stdout;
}

/** Removes another stack; without a selection, which that takes away too, the next command would not know its stack. */
export async function removeStack(name: string): Promise<void> {
  await mustPulumi("stack", "rm", "--yes", name);
  await mustPulumi("stack", "select", "dev");
}

/** What the stack exports now. */
export async function outputs(): Promise<StackOutputs> {
  return JSON.parse(await mustPulumi("stack", "output", "--json")) as StackOutputs;
}

/** Where requests go. */
export async function gateway(): Promise<Gateway> {
  const { gatewayUrl, host } = await outputs();
  return { url: gatewayUrl, host };
}

/** How many resources the last update of the stack changed in each way; what it left as it was or only read is not said. */
export async function lastChanges(): Promise<Changes> {
  const history = JSON.parse(await mustPulumi("stack", "history", "--json", "--page-size", "1")) as {
    resourceChanges: Changes;
  }[];
  const unchanging = ["same", "read"];
  return Object.fromEntries(
    Object.entries(history[0]?.resourceChanges ?? {}).filter(([kind]) => !unchanging.includes(kind)),
  );
}

/** Moves the weight as a user does and gives what the update changed. */
export async function shift(weight: number): Promise<Changes> {
  await mustPulumi("config", "set", "canaryWeight", String(weight));
  await mustPulumi("up", "--yes", "--skip-preview");
  return lastChanges();
}

/** Our objects in the cluster, of every kind, apart from the definitions that Istio's chart keeps. */
export async function managedObjects(): Promise<readonly string[]> {
  const kinds = (await kubectl("api-resources", "--verbs=list", "-o", "name")).trim().split("\n");
  const listed = await kubectl(
    ...["get", kinds.join(","), "--all-namespaces", "-o", "name", "--ignore-not-found"],
    ...["-l", "app.kubernetes.io/managed-by in (pulumi, Helm)"],
  );
  const names = listed.trim().split("\n").filter(Boolean);
  return names.filter((name) => !/^customresourcedefinition\S+\.istio\.io$/.test(name));
}

/** UIDs of the versions' pods. */
export async function podIdentities(): Promise<readonly string[]> {
  const listed = await kubectl("-n", namespace, "get", "pods", "-o", "jsonpath={range .items[*]}{.metadata.uid} {end}");
  return listed.trim().split(" ").sort();
}

/** Names of a version's pods, those that are ending included. */
export async function podsOf(version: string): Promise<readonly string[]> {
  const field = "jsonpath={.items[*].metadata.name}";
  const listed = await kubectl("-n", namespace, "get", "pods", "-l", `version=${version}`, "-o", field);
  return listed.trim().split(" ");
}

/** A copy of the sandbox's kubeconfig in which its context has another name, as a cluster of the user's own would. */
export async function kubeconfigWithContext(context: string): Promise<string> {
  const copy = join(inject("project"), "kubeconfig");
  cpSync(foldersOf(inject("sandbox")).kubeconfig, copy);
  await kubectl("--kubeconfig", copy, "config", "rename-context", contextOf(inject("sandbox")), context);
  return copy;
}
