import { type Check, faultLine, isUnset, type Rule, settingArgument, shown } from "./checks.ts";

/**
 * Accepts an object of exactly these fields, each by its own check, and freezes it. An unset object is an empty one, so
 * that the fields' defaults apply. A field that is not in `fields` is a fault that names the nearest one that is.
 */
export function object<T extends object>(fields: { readonly [K in keyof T]: Check<T[K]> }): Check<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  return (value, path, faults) => {
    const given = asRecord(typeof value === "string" ? parsed(value) : (value ?? {}));
    if (given === undefined) {
      const cure = `pulumi config rm ${settingArgument(path)}`;
      faults.push(faultLine(path, value, { expected: `an object with the fields ${names.join(", ")}`, cure }));
    }
    const child = (name: string): string => (path === "" ? name : `${path}.${name}`);
    for (const [name, stray] of Object.entries(given ?? {})) {
      if (!Object.hasOwn(fields, name)) faults.push(strayLine(child(name), name, stray, names));
    }
    const silent: string[] = [];
    const result: Partial<T> = {};
    for (const name of names) result[name] = fields[name](given?.[name], child(name), given ? faults : silent);
    return Object.freeze(result as T);
  };
}

/** Accepts a list, or its JSON, of exactly two values that `item` accepts, and freezes it; [] counts as unset. */
export function pair<T>(item: Check<T>, rule: Rule): Check<readonly [T, T]> {
  return (value, path, faults) => {
    const list = typeof value === "string" ? parsed(value) : value;
    const isPair = Array.isArray(list) && list.length === 2;
    if (!isPair) {
      const isMissing = value === "" || (Array.isArray(list) && list.length === 0);
      faults.push(faultLine(path, isMissing ? undefined : list, rule));
    }
    const read = (index: 0 | 1): T => item(isPair ? list[index] : undefined, `${path}[${index}]`, isPair ? faults : []);
    return Object.freeze([read(0), read(1)] as const);
  };
}

/** Accepts a list, or its JSON, whose items `item` accepts, and freezes it; an unset one is empty. */
export function list<T>(item: Check<T>, rule: Rule): Check<readonly T[]> {
  return (value, path, faults) => {
    const given = (typeof value === "string" ? parsed(value) : value) ?? [];
    if (!Array.isArray(given)) {
      faults.push(faultLine(path, given, rule));
      return Object.freeze([]);
    }
    return Object.freeze(given.map((element, index) => item(element, `${path}[${index}]`, faults)));
  };
}

/** Accepts an object of any keys for which `isLegalKey` holds, whose values `item` accepts, and freezes it. */
export function record<T>(
  isLegalKey: (key: string) => boolean,
  item: Check<T>,
  rule: Rule,
): Check<Readonly<Record<string, T>>> {
  return (value, path, faults) => {
    const given = asRecord(isUnset(value) ? {} : value);
    if (given === undefined || !Object.keys(given).every(isLegalKey)) {
      faults.push(faultLine(path, value, rule));
      return Object.freeze({});
    }
    const entries = Object.entries(given).map(([key, element]) => [key, item(element, `${path}["${key}"]`, faults)]);
    return Object.freeze(Object.fromEntries(entries) as Record<string, T>);
  };
}

/** The line about a key that no check knows. */
function strayLine(path: string, name: string, value: unknown, known: readonly string[]): string {
  const nearest = known.toSorted((left, right) => editDistance(left, name) - editDistance(right, name))[0];
  const isNear = nearest !== undefined && editDistance(nearest, name) <= Math.max(2, name.length / 3);
  const hint = isNear ? ` (did you mean ${nearest}?)` : "";
  const finding = `${path} is ${shown(value)}, but there is no such setting`;
  return `${finding}; expected one of ${known.join(", ")}${hint}. Fix: pulumi config rm ${settingArgument(path)}`;
}

/** The Levenshtein distance: the least number of inserted, deleted and replaced characters. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [index, character] of Array.from(from).entries()) {
    const next = [index + 1];
    for (const [column, other] of Array.from(to).entries()) {
      const replaced = (row[column] ?? 0) + (character === other ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}
