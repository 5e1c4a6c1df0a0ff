import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { vi } from "vitest";
import { stringify } from "yaml";
import { command } from "../../sandbox/command.ts";
import { mockEngine, registered, type Registration } from "../mocks.ts";
import { stackConfig } from "../stack-file.ts";

/** A Kubernetes object, of which only what names it is known. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** A Helm release that the program declares. */
export interface HelmRelease {
  readonly name: string;
  /** Name of the chart in its repository. */
  readonly chart: string;
  readonly namespace: string;
  readonly values: Record<string, unknown>;
}

/** What the clusters of both stacks tell of a gateway's Service and of every Deployment. */
const CLUSTER_STATE = { status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] }, readyReplicas: 1 } };

/** All that the program declares, under mocks, with the settings of that stack's file: what it reads is left out. */
export async function declaredBy(stack: string): Promise<readonly Registration[]> {
  const { config, secretKeys } = stackConfig(stack);
  vi.resetModules();
  const engine = await mockEngine(CLUSTER_STATE);
  pulumi.runtime.setAllConfig(config, secretKeys);
  await import("../../index.ts");
  await registered();
  return engine.all.filter(({ readId }) => readId === undefined).map((each) => ({ ...each, inputs: plain(each) }));
}

function plain({ inputs }: Registration): Record<string, unknown> {
  return withoutEnvelopes(inputs) as Record<string, unknown>;
}

/** A value with what it holds in place of the SDK's envelopes of secrets. */
function withoutEnvelopes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEnvelopes);
  if (typeof value !== "object" || value === null) return value;
  if (pulumi.runtime.isRpcSecret(value)) return withoutEnvelopes(pulumi.runtime.unwrapRpcSecret(value));
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, withoutEnvelopes(child)]));
}

/** The Helm releases among what is declared. */
export function releasesOf(declared: readonly Registration[]): readonly HelmRelease[] {
  const releases = declared.filter(({ type }) => type === "kubernetes:helm.sh/v3:Release");
  return releases.map(({ inputs }) => inputs as unknown as HelmRelease);
}

/** The Kubernetes objects among what is declared. Names that the provider would make up are the logical ones. */
export function manifestsOf(declared: readonly Registration[]): readonly Manifest[] {
  const objects = declared.filter(({ type }) => /^kubernetes:(?!helm\.sh\/)/.test(type));
  return objects.map(({ name, inputs }) => {
    const metadata = { name, ...(inputs["metadata"] as object | undefined) };
    return { ...inputs, metadata } as unknown as Manifest;
  });
}

/** What Helm makes of a release by the chart in that folder, as YAML. */
export async function rendered(helm: string, release: HelmRelease, chartFolder: string): Promise<string> {
  return inFolder({ "values.yaml": stringify(release.values) }, (folder) => {
    const where = ["--namespace", release.namespace, "--values", join(folder, "values.yaml")];
    return command(helm, ["template", release.name, chartFolder, ...where]);
  });
}

/** The files' paths and texts, written below a folder that is gone when `use` is done with it. */
export async function inFolder<T>(files: Record<string, string>, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "manifests-"));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(folder, path, ".."), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
