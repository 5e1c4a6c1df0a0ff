import { NO_SURROUNDINGS, verdictOn } from "../await/verdicts.ts";
import { NotReadyError, waitUntilGone, waitUntilReady } from "../await/wait.ts";
import type { Wait } from "../await/wait.ts";
import { progressReporter } from "../rpc/engine-log.ts";
import { InitializationError } from "../rpc/initialization-error.ts";
import { asMap, asString, containsUnknown, markSecrets, revealSecrets, valueAt } from "../rpc/property-values.ts";
import { toKubernetesNames, toPulumiNames } from "../rpc/property-values.ts";
import type { PropertyMap } from "../rpc/property-values.ts";
import { wishesOf } from "./annotations.ts";
import type { ObjectWishes } from "./annotations.ts";
import { cannotBePreviewed, isMissingNamespace, isNotFound } from "./api-error.ts";
import { applyObject, applyWhenPossible, isManagedByPulumi, nameOf, newFieldManager, typeOf } from "./apply.ts";
import type { Apply } from "./apply.ts";
import { parsePath, valueAtPath, withValueAtPath } from "./changes.ts";
import { importedInputs, recordedInputs, recordedManager, recordedObject, toOutputs } from "./checkpoint.ts";
import { inputsFromLive } from "./live-state.ts";
import { checkObject, diffObject, replacedUnready } from "./object-inputs.ts";
import { beforeCreation } from "./preview.ts";
import type { ProviderContext } from "./provider-context.ts";
import type * as requests from "./resource-handler.ts";
import { formatId, objectTypeOf, parseId } from "./resource-type.ts";
import type { ObjectName, ObjectType } from "./resource-type.ts";

const DEFAULT_TIMEOUT_SECONDS = 600;

/** Manages single Kubernetes objects with server-side apply. */
export class ObjectHandler implements requests.ResourceHandler {
  readonly #context: ProviderContext;

  constructor(context: ProviderContext) {
    this.#context = context;
  }

  async check(request: requests.CheckRequest): Promise<requests.CheckResult> {
    const served = await this.#context.api.servedKind(objectTypeOf(request.type));
    // A kind the API does not serve yet most likely belongs in a namespace; if not, create drops it.
    return checkObject(request, served?.namespaced === false ? undefined : this.#context.namespace);
  }

  async diff(request: requests.DiffRequest): Promise<requests.DiffResult> {
    const before = await this.#scoped(revealSecrets(request.oldInputs));
    const after = await this.#scoped(revealSecrets(request.inputs));
    const result = diffObject(before, after, request.ignoreChanges, this.#context.mutable);
    return (await this.#isUnreadyJob(after)) ? replacedUnready(result, before, after) : result;
  }

  async #isUnreadyJob(object: PropertyMap): Promise<boolean> {
    if (object["kind"] !== "Job" || containsUnknown(object) || !wishesOf(object).replaceUnready) return false;
    const live = await this.#context.api.read(typeOf(object), nameOf(object));
    return live !== undefined && verdictOn(live, NO_SURROUNDINGS).state !== "ready";
  }

  async create(request: requests.WriteRequest): Promise<{ id: string; outputs: PropertyMap }> {
    const { api } = this.#context;
    const object = await this.#toSend(request.inputs);
    const cannotPreview = containsUnknown(object) || (await api.servedKind(typeOf(object))) === undefined;
    const untried = { id: "", outputs: beforeCreation(request.inputs, request.inputs) };
    if (request.preview && cannotPreview) return untried;
    const existing = await api.read(typeOf(object), nameOf(object));
    if (existing !== undefined) {
      // An object of this stack is about to be replaced: what creates the new one cannot be tried out before.
      if (request.preview && isManagedByPulumi(existing)) return untried;
      throw new Error(alreadyExists(object));
    }
    const apply = this.#apply(object, newFieldManager(), request.preview);
    if (request.preview) {
      const outputs = await this.#preview(apply, request.inputs);
      return { id: "", outputs: beforeCreation(outputs, request.inputs) };
    }
    const progress = progressReporter(this.#context.log, request.urn);
    const live = await applyWhenPossible(api, apply, this.#context.signal, progress);
    const outputs = await this.#whenReady(request, apply, live);
    return { id: formatId(nameOf(live)), outputs };
  }

  async update(request: requests.UpdateRequest): Promise<PropertyMap> {
    const { api } = this.#context;
    const sent = await this.#toSend(request.inputs);
    const cannotPreview = containsUnknown(sent) || (await api.servedKind(typeOf(sent))) === undefined;
    if (request.preview && cannotPreview) return request.inputs;
    const object = await this.#withIgnoredFields(sent, request.ignoreChanges);
    const manager = recordedManager(request.oldOutputs) || newFieldManager();
    const apply = this.#apply(object, manager, request.preview);
    if (request.preview) return await this.#preview(apply, request.inputs);
    return await this.#whenReady(request, apply, await applyObject(api, apply));
  }

  async read(request: requests.ReadRequest): Promise<requests.ReadResult | undefined> {
    const recorded = recordedObject(request.outputs);
    const type = recorded["kind"] === undefined ? objectTypeOf(request.type) : typeOf(recorded);
    const found = await this.#context.api.read(type, parseId(request.id));
    if (found === undefined) return undefined;
    const live = { ...type, ...found };
    const known = Object.keys(request.inputs).length > 0 ? request.inputs : recordedInputs(request.outputs);
    const isKnown = Object.keys(known).length > 0;
    const inputs = isKnown ? inputsFromLive(revealSecrets(known), recorded, toPulumiNames(live)) : importedInputs(live);
    const marked = markSecrets(inputs, known);
    const manager = recordedManager(request.outputs) || newFieldManager();
    return { id: request.id, inputs: marked, outputs: toOutputs(live, marked, manager) };
  }

  async delete(request: requests.DeleteRequest): Promise<void> {
    const { api } = this.#context;
    const recorded = recordedObject(request.outputs);
    const type = recorded["kind"] === undefined ? objectTypeOf(request.type) : typeOf(recorded);
    const name = parseId(request.id);
    const live = await api.read(type, name);
    if (live === undefined) return;
    const wishes = wishesOf(revealSecrets(recordedInputs(request.outputs)));
    const body = { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: wishes.deletion };
    try {
      await api.request({ method: "DELETE", path: await api.pathOf(type, name), body });
    } catch (error) {
      if (isNotFound(error)) return;
      throw error;
    }
    if (wishes.skipAwait) return;
    await waitUntilGone(this.#wait(request, type, name, wishes), asString(valueAt(live, "metadata", "uid")));
  }

  /** The inputs as an object to send: plain secrets, the API's names, no namespace for kinds that have none. */
  async #toSend(inputs: PropertyMap): Promise<PropertyMap> {
    return await this.#scoped(toKubernetesNames(revealSecrets(inputs)));
  }

  async #scoped(object: PropertyMap): Promise<PropertyMap> {
    const metadata = object["metadata"];
    if (valueAt(metadata, "namespace") === undefined) return object;
    const served = await this.#context.api.servedKind(typeOf(object));
    if (served?.namespaced !== false) return object;
    const entries = Object.entries(asMap(metadata)).filter(([name]) => name !== "namespace");
    return { ...object, metadata: Object.fromEntries(entries) };
  }

  #apply(object: PropertyMap, fieldManager: string, dryRun: boolean): Apply {
    return { object, fieldManager, dryRun, force: wishesOf(object).patchForce || this.#context.patchForce };
  }

  /** The live object that applying would lead to; the inputs alone where that cannot be tried out. */
  async #preview(apply: Apply, inputs: PropertyMap): Promise<PropertyMap> {
    try {
      return toOutputs(await applyObject(this.#context.api, apply), inputs, apply.fieldManager);
    } catch (error) {
      if (isMissingNamespace(error) || cannotBePreviewed(error)) return inputs;
      throw error;
    }
  }

  /** Replaces what the program said about ignored fields by what the cluster has. */
  async #withIgnoredFields(object: PropertyMap, ignored: readonly string[]): Promise<PropertyMap> {
    if (ignored.length === 0) return object;
    const live = await this.#context.api.read(typeOf(object), nameOf(object));
    return ignored.map(parsePath).reduce((kept, path) => {
      const value = valueAtPath(live, path);
      return value === undefined ? kept : asMap(withValueAtPath(kept, path, value));
    }, object);
  }

  #wait(request: TimedRequest, type: ObjectType, name: ObjectName, wishes: ObjectWishes): Wait {
    return {
      api: this.#context.api,
      type,
      name,
      timeoutSeconds: request.timeoutSeconds || wishes.timeoutSeconds || DEFAULT_TIMEOUT_SECONDS,
      ...(wishes.expectations === undefined ? {} : { expectations: wishes.expectations }),
      signal: this.#context.signal,
      onProgress: progressReporter(this.#context.log, request.urn),
    };
  }

  async #whenReady(request: requests.WriteRequest, apply: Apply, live: PropertyMap): Promise<PropertyMap> {
    const wishes = wishesOf(apply.object);
    const toState = (object: PropertyMap): PropertyMap => toOutputs(object, request.inputs, apply.fieldManager);
    if (wishes.skipAwait) return toState(live);
    const wait = this.#wait(request, typeOf(live), nameOf(live), wishes);
    try {
      return toState(await waitUntilReady(wait, live));
    } catch (error) {
      // The object exists: whatever stopped the wait, the engine must keep its state.
      const last = error instanceof NotReadyError ? error.live : live;
      const message = error instanceof Error ? error.message : String(error);
      throw new InitializationError(message, formatId(nameOf(live)), toState(last));
    } finally {
      wait.onProgress("");
    }
  }
}

type TimedRequest = requests.ResourceIdentity & { readonly timeoutSeconds: number };

function alreadyExists(object: PropertyMap): string {
  const { apiVersion, kind } = typeOf(object);
  return (
    `${kind} "${formatId(nameOf(object))}" (${apiVersion}) already exists and does not belong to this resource. ` +
    "Delete it, choose another metadata.name, or adopt it with the resource option `import` or `pulumi import`."
  );
}
