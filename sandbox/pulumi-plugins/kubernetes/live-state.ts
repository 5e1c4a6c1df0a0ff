import { isDeepStrictEqual } from "node:util";
import { asMap, isMap } from "../rpc/property-values.ts";
import type { PropertyMap, PropertyValue } from "../rpc/property-values.ts";

/**
 * The inputs as the cluster has them now, to be compared with the program's.
 *
 * Only fields that the inputs set are looked at: what the API server and controllers add is not ours. A field whose
 * live value is the one recorded after the last update has not drifted, even where the API server spells it in
 * another way (`1000m` for a `1`): it keeps the program's spelling. Other fields take the live value, or go when
 * somebody removed them.
 */
export function inputsFromLive(inputs: PropertyMap, recorded: PropertyMap, live: PropertyMap): PropertyMap {
  return asMap(driftOf(inputs, recorded, live));
}

function driftOf(
  input: PropertyValue | undefined,
  recorded: PropertyValue | undefined,
  live: PropertyValue | undefined,
): PropertyValue | undefined {
  if (isDeepStrictEqual(recorded, live)) return input;
  if (isMap(input) && isMap(live)) {
    const known = asMap(recorded);
    const entries = Object.keys(input).map((name) => [name, driftOf(input[name], known[name], live[name])] as const);
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  }
  if (Array.isArray(input) && Array.isArray(live)) {
    const known = Array.isArray(recorded) ? recorded : [];
    const items = live.map((item, index) => (index < input.length ? driftOf(input[index], known[index], item) : item));
    return items.filter((item) => item !== undefined);
  }
  return live;
}

const SET_BY_THE_SERVER = ["creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"];

/** The inputs that would create a copy of a live object which Pulumi did not make: all but what the server fills in. */
export function inputsOfForeignObject(live: PropertyMap): PropertyMap {
  const metadata = Object.entries(asMap(live["metadata"])).filter(([name]) => !SET_BY_THE_SERVER.includes(name));
  const fields = Object.entries(live).filter(([name]) => name !== "status");
  return { ...Object.fromEntries(fields), metadata: Object.fromEntries(metadata) };
}

/** The live object without the bookkeeping of field owners, which would bloat the stack's state. */
export function withoutManagedFields(live: PropertyMap): PropertyMap {
  const metadata = Object.entries(asMap(live["metadata"])).filter(([name]) => name !== "managedFields");
  return { ...live, metadata: Object.fromEntries(metadata) };
}
