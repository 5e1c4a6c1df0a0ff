import { asMap, asString, markSecrets, revealSecrets, toPulumiNames } from "../rpc/property-values.ts";
import type { PropertyMap } from "../rpc/property-values.ts";
import { inputsOfForeignObject, withoutManagedFields } from "./live-state.ts";

const INPUTS_KEY = "__inputs";
const API_VERSION_KEY = "__initialApiVersion";
const MANAGER_KEY = "__fieldManager";

/**
 * The outputs that Pulumi stores for an object: the live object, with the inputs and the field manager beside it under
 * the names the official plugin gives them, so that either plugin can continue a stack of the other.
 */
export function toOutputs(live: PropertyMap, inputs: PropertyMap, fieldManager: string): PropertyMap {
  return {
    ...markSecrets(toPulumiNames(withoutManagedFields(live)), inputs),
    [INPUTS_KEY]: markSecrets(inputs, inputs),
    [API_VERSION_KEY]: asString(live["apiVersion"]),
    [MANAGER_KEY]: fieldManager,
  };
}

/** The live object as it was stored by `toOutputs`, without secrets' marks. */
export function recordedObject(outputs: PropertyMap): PropertyMap {
  const revealed = Object.entries(revealSecrets(outputs));
  return Object.fromEntries(revealed.filter(([name]) => !name.startsWith("__")));
}

/** The inputs of the last update as `toOutputs` stored them, with secrets' marks; empty if there are none. */
export function recordedInputs(outputs: PropertyMap): PropertyMap {
  return asMap(outputs[INPUTS_KEY]);
}

/** The name under which the object's fields are owned; empty if none is stored. */
export function recordedManager(outputs: PropertyMap): string {
  return asString(outputs[MANAGER_KEY]);
}

/** The inputs for a live object that Pulumi has not seen before. */
export function importedInputs(live: PropertyMap): PropertyMap {
  return toPulumiNames(inputsOfForeignObject(live));
}
