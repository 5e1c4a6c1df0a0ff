import { parseExpectations, WAIT_FOR_ANNOTATION } from "../await/wait-for.ts";
import type { Expectation } from "../await/wait-for.ts";
import { asMap, asString, valueAt } from "../rpc/property-values.ts";
import type { PropertyMap } from "../rpc/property-values.ts";

/** What an object's `pulumi.com/` annotations ask for. */
export interface ObjectWishes {
  /** Not to wait until the object is ready or gone. */
  readonly skipAwait: boolean;
  /** How many seconds to wait at most; 0 if nothing is asked for. */
  readonly timeoutSeconds: number;
  /** What makes the object ready; undefined for what its kind says. */
  readonly expectations: readonly Expectation[] | undefined;
  /** To take fields over from other managers. */
  readonly patchForce: boolean;
  /** To replace a Job that is not complete with every update. */
  readonly replaceUnready: boolean;
  /** What happens to the objects that belong to this one when it is deleted. */
  readonly deletion: "Foreground" | "Background" | "Orphan";
}

/** Reads the annotations of an object without secrets. Throws if what to wait for is not understood. */
export function wishesOf(object: PropertyMap): ObjectWishes {
  const annotations = asMap(valueAt(object, "metadata", "annotations"));
  const text = (name: string): string => asString(annotations[`pulumi.com/${name}`]);
  const waitFor = asString(annotations[WAIT_FOR_ANNOTATION]);
  const deletion = text("deletionPropagationPolicy").toLowerCase();
  return {
    skipAwait: text("skipAwait") === "true",
    timeoutSeconds: Number(text("timeoutSeconds")) || 0,
    expectations: waitFor === "" ? undefined : parseExpectations(waitFor),
    patchForce: text("patchForce") === "true",
    replaceUnready: text("replaceUnready") === "true",
    deletion: deletion === "background" ? "Background" : deletion === "orphan" ? "Orphan" : "Foreground",
  };
}
