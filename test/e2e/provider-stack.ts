import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Provider } from "@pulumi/kubernetes";
import { Namespace } from "@pulumi/kubernetes/core/v1/index.js";
import kubernetesSdk from "@pulumi/kubernetes/package.json" with { type: "json" };
import { LocalWorkspace, PulumiCommand, type EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { inject } from "vitest";
import { sandboxEnvironment } from "../../sandbox/environment.ts";
import { contextOf, foldersOf } from "../../sandbox/folders.ts";
import { linkKubernetesProvider } from "../../sandbox/pulumi-plugins/install.ts";
import { installedPulumi } from "../../sandbox/pulumi.ts";

/** What an update did. */
export interface Update {
  /** The steps that changed something, for example `create`, in the order in which they began, by resource. */
  readonly steps: Readonly<Record<string, readonly string[]>>;
  /** What went wrong, as the user reads it, by resource. */
  readonly errors: Readonly<Record<string, string>>;
  /** What the user was warned of. */
  readonly warnings: readonly string[];
  /** What the program exported. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** Declares resources and exports outputs. The provider it is given puts objects into the stack's own namespace. */
export type Program = (options: { readonly provider: Provider }) => Record<string, unknown>;

/** A Pulumi stack whose program changes from update to update. */
export interface ProviderStack {
  /**
   * Makes the stack what the program says. Goes on after errors of resources, which are part of the result.
   *
   * @throws Error when the update failed for another reason
   */
  readonly up: (program: Program) => Promise<Update>;
  /** Reads the live objects into the stack's state. */
  readonly refresh: () => Promise<void>;
  /** The names of the resources in the stack's state. */
  readonly recorded: () => Promise<readonly string[]>;
  /** Removes all that the stack holds, and the stack. */
  readonly remove: () => Promise<void>;
}

const unchanging = ["same", "read", "refresh"];

function nameOf(urn = ""): string {
  return urn.split("::").at(-1) ?? "";
}

function updateOf(events: readonly EngineEvent[], outputs: Update["outputs"]): Update {
  const steps: Record<string, string[]> = {};
  const errors: Record<string, string> = {};
  const warnings: string[] = [];
  for (const { resourcePreEvent: step, diagnosticEvent: told } of events) {
    const name = nameOf(step?.metadata.urn ?? told?.urn);
    if (step !== undefined && !unchanging.includes(step.metadata.op)) (steps[name] ??= []).push(step.metadata.op);
    if (told?.severity === "warning") warnings.push(told.message.trim());
    if (told?.severity === "error" && name !== "") errors[name] = told.message.trim();
  }
  return { steps, errors, warnings, outputs };
}

/**
 * Opens a stack of that name, with a namespace of the same name, on the sandbox that the tests share. Its Kubernetes
 * plugin is the stand-in, even where the sandbox itself uses the official one.
 */
export async function openProviderStack(name: string): Promise<ProviderStack> {
  const sandbox = inject("sandbox");
  const within = (program: Program) => () => {
    const cluster = new Provider("cluster", { context: contextOf(sandbox) });
    const namespace = new Namespace("namespace", { metadata: { name } }, { provider: cluster });
    const provider = new Provider("namespaced", { context: contextOf(sandbox), namespace: namespace.metadata.name });
    return Promise.resolve(program({ provider }));
  };
  const home = mkdtempSync(join(tmpdir(), "pulumi-home-"));
  linkKubernetesProvider(home, kubernetesSdk.version);
  const root = installedPulumi() === undefined ? { root: foldersOf(sandbox).state } : undefined;
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: name, projectName: name, program: within(() => ({})) },
    {
      envVars: {
        ...sandboxEnvironment(sandbox),
        PULUMI_HOME: home,
        PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      },
      pulumiCommand: await PulumiCommand.get(root),
      stackSettings: { [name]: { config: { "pulumi:disable-default-providers": ["*"] } } },
    },
  );
  return {
    up: async (program) => {
      const events: EngineEvent[] = [];
      const onEvent = (event: EngineEvent) => void events.push(event);
      try {
        const { outputs } = await stack.up({ program: within(program), continueOnError: true, onEvent });
        const values = Object.entries(outputs).map(([key, output]) => [key, output.value as unknown]);
        return updateOf(events, Object.fromEntries(values) as Update["outputs"]);
      } catch (error) {
        const update = updateOf(events, {});
        if (Object.keys(update.errors).length === 0) throw error;
        return update;
      }
    },
    refresh: async () => {
      await stack.refresh();
    },
    recorded: async () => {
      const state = (await stack.exportStack()) as { deployment: { resources: readonly { urn: string }[] } };
      return state.deployment.resources.map(({ urn }) => nameOf(urn));
    },
    remove: async () => {
      await stack.destroy();
      await stack.workspace.removeStack(name);
      rmSync(home, { recursive: true });
    },
  };
}
