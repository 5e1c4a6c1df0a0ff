import { isDeepStrictEqual } from "node:util";
import { parse } from "yaml";
import { problemsOfNamespace } from "../await/namespace-problems.ts";
import { changesBetween, parsePath } from "../kubernetes/changes.ts";
import type { ProviderContext } from "../kubernetes/provider-context.ts";
import type * as requests from "../kubernetes/resource-handler.ts";
import { formatId, parseId } from "../kubernetes/resource-type.ts";
import { progressReporter } from "../rpc/engine-log.ts";
import { InitializationError } from "../rpc/initialization-error.ts";
import { asMap, asString, containsUnknown, markSecrets, revealSecrets } from "../rpc/property-values.ts";
import type { PropertyMap } from "../rpc/property-values.ts";
import {
  chartArguments,
  installArguments,
  uninstallArguments,
  upgradeArguments,
  valuesText,
} from "./helm-arguments.ts";
import { HelmCommand } from "./helm-command.ts";
import { HelmReleases } from "./helm-releases.ts";
import { refusedReleaseInputs, withReleaseDefaults } from "./release-inputs.ts";
import { isInterrupted, previewedOutputs, releaseOutputs } from "./release-state.ts";
import type { LiveRelease } from "./release-state.ts";

const WATCH_MS = 3000;

/** Manages Helm releases with the `helm` command. */
export class ReleaseHandler implements requests.ResourceHandler {
  readonly #context: ProviderContext;
  readonly #helm: HelmCommand;
  readonly #releases: HelmReleases;

  constructor(context: ProviderContext) {
    this.#context = context;
    this.#helm = new HelmCommand(context.api.cluster, context.signal);
    this.#releases = new HelmReleases(this.#helm);
  }

  /** Removes what was written for Helm. */
  dispose(): void {
    this.#helm.dispose();
  }

  async check(request: requests.CheckRequest): Promise<requests.CheckResult> {
    const inputs = revealSecrets(request.inputs);
    const failures = refusedReleaseInputs(inputs);
    if (failures.length > 0) return { inputs: request.inputs, failures };
    const oldInputs = revealSecrets(request.oldInputs);
    const completed = withReleaseDefaults(inputs, oldInputs, this.#context.namespace, request.naming);
    // Asks the API server something, so that a preview fails when it cannot be reached.
    await this.#context.api.servedKind({ apiVersion: "v1", kind: "Secret" });
    try {
      const version = await this.#chartVersion(completed);
      return { inputs: markSecrets({ ...completed, ...version }, request.inputs), failures: [] };
    } catch (error) {
      const reason = `${messageOf(error)}; check the chart name and the repository`;
      return { inputs: request.inputs, failures: [{ property: "chart", reason }] };
    }
  }

  /** The exact version that the wanted version means today; nothing while that is not known. */
  async #chartVersion(inputs: PropertyMap): Promise<PropertyMap> {
    if (containsUnknown([inputs["chart"] ?? "", inputs["version"] ?? "", inputs["repositoryOpts"] ?? ""])) return {};
    const devel = inputs["devel"] === true ? ["--devel"] : [];
    const chart = asMap(
      parse(await this.#helm.run(["show", "chart", ...chartArguments(inputs), ...devel])) as PropertyMap,
    );
    return { version: asString(chart["version"]) };
  }

  diff(request: requests.DiffRequest): Promise<requests.DiffResult> {
    const ignored = request.ignoreChanges.map(parsePath);
    const before = revealSecrets(request.oldInputs);
    const changes = changesBetween(before, revealSecrets(request.inputs)).filter(
      ({ path }) => !ignored.some((prefix) => prefix.every((part, index) => path[index] === part)),
    );
    const replacing = changes.filter(({ path }) => path[0] === "name" || path[0] === "namespace");
    return Promise.resolve({ changes, replacing, deleteBeforeReplace: false });
  }

  async create(request: requests.WriteRequest): Promise<{ id: string; outputs: PropertyMap }> {
    if (request.preview) return { id: "", outputs: previewedOutputs(request.inputs) };
    const inputs = revealSecrets(request.inputs);
    const existing = await this.#releases.find(inputs);
    const id = formatId({ namespace: asString(inputs["namespace"]), name: asString(inputs["name"]) });
    if (existing !== undefined && !isInterrupted(existing)) {
      throw new Error(`the Helm release "${id}" already exists and does not belong to this resource`);
    }
    if (existing !== undefined) await this.#recover(request.urn, existing);
    const outputs = await this.#write(request, installArguments(inputs), id);
    return { id, outputs };
  }

  async update(request: requests.UpdateRequest): Promise<PropertyMap> {
    if (request.preview) return previewedOutputs(request.inputs);
    const inputs = revealSecrets(request.inputs);
    const existing = await this.#releases.find(inputs);
    const left =
      isInterrupted(existing) && existing !== undefined ? await this.#recover(request.urn, existing) : existing;
    const args = left === undefined ? installArguments(inputs) : upgradeArguments(inputs);
    return await this.#write(request, args, request.id);
  }

  async read(request: requests.ReadRequest): Promise<requests.ReadResult | undefined> {
    const recorded = revealSecrets(request.outputs);
    const { name, namespace = this.#context.namespace } = parseId(request.id);
    const live = await this.#releases.find({ name, namespace });
    if (live === undefined) return undefined;
    const known = asMap(recorded["__inputs"]);
    const inputs = Object.keys(known).length > 0 ? releaseDrift(known, recorded, live) : importedRelease(live);
    const marked = markSecrets(inputs, Object.keys(request.inputs).length > 0 ? request.inputs : request.outputs);
    return { id: request.id, inputs: marked, outputs: releaseOutputs(marked, live) };
  }

  async delete(request: requests.DeleteRequest): Promise<void> {
    const inputs = asMap(revealSecrets(request.outputs)["__inputs"]);
    const { name, namespace = this.#context.namespace } = parseId(request.id);
    const release = { ...inputs, name, namespace };
    if ((await this.#releases.find(release)) === undefined) return;
    const allowed = inputs["timeout"];
    const timeout = request.timeoutSeconds || (typeof allowed === "number" ? allowed : 0);
    await this.#helm.run(uninstallArguments(release, timeout));
  }

  async #recover(urn: string, release: LiveRelease): Promise<LiveRelease | undefined> {
    const { name, status } = release;
    this.#context.log.warn(
      urn,
      `an earlier operation on the Helm release "${name}" was interrupted (${status}): undoing it`,
    );
    return await this.#releases.undoInterrupted(release);
  }

  /** Runs an install or upgrade and returns the outputs. A release that exists but failed keeps its state. */
  async #write(request: requests.WriteRequest, args: readonly string[], id: string): Promise<PropertyMap> {
    const inputs = revealSecrets(request.inputs);
    const watch = this.#watch(request.urn, asString(inputs["namespace"]));
    try {
      await this.#helm.run(args, valuesText(inputs));
    } catch (error) {
      const message = [`helm: ${messageOf(error)}`, ...(await watch.problems()).map((line) => `  - ${line}`)].join(
        "\n",
      );
      const left = await this.#releases.find(inputs).catch(() => undefined);
      if (left === undefined) throw new Error(message, { cause: error });
      throw new InitializationError(message, id, releaseOutputs(request.inputs, left));
    } finally {
      watch.stop();
    }
    const live = await this.#releases.find(inputs);
    if (live === undefined) throw new Error(`the Helm release "${id}" is gone right after helm made it`);
    return releaseOutputs(request.inputs, live);
  }

  /** Looks at the pods of a namespace while Helm waits for them: an atomic release takes them away when it fails. */
  #watch(urn: string, namespace: string): { stop: () => void; problems: () => Promise<string[]> } {
    const since = new Date();
    const progress = progressReporter(this.#context.log, urn);
    let last: string[] = [];
    const look = async (): Promise<string[]> => {
      const problems = await problemsOfNamespace(this.#context.api, namespace, since).catch(() => []);
      if (problems.length > 0) last = problems;
      progress(problems.length === 0 ? "helm is at work" : problems.join("; "));
      return last;
    };
    const timer = setInterval(() => void look(), WATCH_MS);
    return {
      stop: () => {
        clearInterval(timer);
        progress("");
      },
      problems: look,
    };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The inputs as the cluster has them: values and version that somebody changed take the place of the program's. */
function releaseDrift(inputs: PropertyMap, recorded: PropertyMap, live: LiveRelease): PropertyMap {
  const sameValues = isDeepStrictEqual(asMap(recorded["values"]), live.values);
  return { ...inputs, version: live.version, ...(sameValues ? {} : { values: live.values }) };
}

/** The inputs of a release that Pulumi did not make. */
function importedRelease({ name, namespace, chart, version, values }: LiveRelease): PropertyMap {
  return { name, namespace, chart, version, values };
}
