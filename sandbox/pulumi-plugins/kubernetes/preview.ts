import { isMap, UNKNOWN, valueAt } from "../rpc/property-values.ts";
import type { PropertyMap } from "../rpc/property-values.ts";

const GIVEN_AT_CREATION = ["uid", "resourceVersion", "creationTimestamp"];

/**
 * An object as a preview of its creation tells it: what the API server decides only then is not yet known, even if a
 * trial run made up a value.
 * @param object The inputs, or the result of a trial run.
 * @param inputs What the program set, which stays as it is.
 */
export function beforeCreation(object: PropertyMap, inputs: PropertyMap): PropertyMap {
  const { metadata, spec } = object;
  const unknown = Object.fromEntries(GIVEN_AT_CREATION.map((name) => [name, UNKNOWN]));
  const hasAddress = object["kind"] === "Service" && isMap(spec) && valueAt(inputs, "spec", "clusterIP") === undefined;
  return {
    ...object,
    ...(isMap(metadata) ? { metadata: { ...metadata, ...unknown } } : {}),
    ...(hasAddress ? { spec: { ...spec, clusterIP: UNKNOWN, clusterIPs: UNKNOWN } } : {}),
    status: UNKNOWN,
  };
}
