import { join, resolve } from "node:path";
import { publishServiceImage } from "../sandbox/build/service-image.ts";
import { sandboxEnvironment } from "../sandbox/environment.ts";
import { cacheFolder, contextOf, defaultSandbox, foldersOf } from "../sandbox/folders.ts";
import { withLock } from "../sandbox/lock.ts";
import { portOf } from "../sandbox/names.ts";
import { istioVersion } from "../sandbox/build/charts.ts";
import type { Progress } from "../sandbox/progress.ts";
import { sandboxUp } from "../sandbox/sandbox.ts";
import { removeStaleLocks } from "./pulumi.ts";
import { isSet, refuseOtherTarget, type MachineSettings, type SandboxSettings } from "./settings-file.ts";

/** A cluster to release to. */
export interface Target {
  /** Environment in which `pulumi` works on it. */
  readonly environment: NodeJS.ProcessEnv;
  /** Settings of the stack that belong to this cluster. */
  readonly settings: MachineSettings;
  /** How the user gets a terminal in which the shown `pulumi` commands work; undefined when any does. */
  readonly shell: string | undefined;
}

/** Puts the service image, built if its sources have changed, into a registry and gives its reference by digest. */
async function publish(registry: string, progress: Progress): Promise<string> {
  const step = "service image";
  const waiting = () => {
    progress.say("waiting for another build of the service image to end");
  };
  progress.started(step);
  const begin = performance.now();
  try {
    const { reference, built } = await withLock(join(cacheFolder, "service-image"), waiting, () =>
      publishServiceImage(registry),
    );
    progress.finished(step, (performance.now() - begin) / 1000);
    if (!built) progress.say("its sources have not changed since it was built last");
    return reference;
  } catch (error) {
    progress.failed(step, error);
    throw error;
  }
}

/** The sandbox of that name, brought up, with the service image in its registry. */
export async function sandboxTarget(name: string, progress: Progress): Promise<Target> {
  refuseOtherTarget(contextOf(name));
  const { address } = await sandboxUp(name, progress);
  const reference = await publish(`${address}:${portOf("registry")}`, progress);
  removeStaleLocks(foldersOf(name).pulumiBackend);
  const settings: SandboxSettings = {
    kubeContext: contextOf(name),
    serviceImage: reference,
    "mesh.istioVersion": istioVersion,
    "mesh.chartRepository": `http://${address}:${portOf("charts")}`,
    "gateway.serviceType": "LoadBalancer",
  };
  return {
    environment: { ...process.env, ...sandboxEnvironment(name) },
    settings,
    shell: name === defaultSandbox ? "npm run sandbox -- shell" : `npm run sandbox -- shell --name ${name}`,
  };
}

/** A cluster that is already there, by its context in the kubeconfig; the sandbox is not touched. */
export function contextTarget(context: string): Target {
  refuseOtherTarget(context);
  const nodeFolder = resolve(process.execPath, "..");
  return {
    // The program needs this project's Node, whatever version the system has.
    environment: { ...process.env, PATH: `${nodeFolder}:${process.env["PATH"] ?? ""}` },
    // Not every cluster has a load balancer, and waiting for one that never comes takes ten minutes.
    settings: { kubeContext: context, ...(isSet("gateway.serviceType") ? {} : { "gateway.serviceType": "ClusterIP" }) },
    shell: undefined,
  };
}
