import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { istioSources } from "../../sandbox/build/charts.ts";
import { moduleFolder } from "../../sandbox/build/go-tools.ts";
import { command, retried } from "../../sandbox/command.ts";

/** Where a chart's values may have keys that the chart does not name: path to the reason. `[]` stands for any entry. */
export type FreeForm = Readonly<Record<string, string>>;

/** The part of a JSON schema that names keys. */
export interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
}

/** What a chart says of the values below some key. */
export interface Known {
  /** The value in its values.yaml. undefined when there is none. */
  readonly defaults: unknown;
  /** What its values.schema.json says. undefined when there is none. */
  readonly schema: Schema | undefined;
}

/** JSON names of the fields of each protobuf message, with the name of their type. Both names are without a scope. */
export type Messages = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Istio's Helm charts: name to folder in Istio's sources, which are downloaded when they are not there. */
export async function istioCharts(): Promise<ReadonlyMap<string, string>> {
  const folder = join(await istioSources(), "manifests/charts");
  const files = globSync("**/Chart.yaml", { cwd: folder }).map((file) => join(folder, file));
  return new Map(files.map((file) => [(parse(readFileSync(file, "utf8")) as { name: string }).name, dirname(file)]));
}

/** The values that the chart in that folder knows. */
export function knownValues(chartFolder: string): Known {
  const values = parse(readFileSync(join(chartFolder, "values.yaml"), "utf8")) as Record<string, unknown>;
  const file = join(chartFolder, "values.schema.json");
  const schema = existsSync(file)
    ? (JSON.parse(readFileSync(file, "utf8")) as { $defs: { values: Schema } }).$defs.values
    : undefined;
  // Istio's charts hold their defaults below this key, because users' values could not undo them otherwise.
  return { defaults: values["_internal_defaults_do_not_set"], schema };
}

/** Paths of the keys in a chart's values that the chart does not know, such as `global.proxy.resource`. */
export function unknownKeys(values: unknown, known: Known, freeForm: FreeForm, path = ""): string[] {
  if (path in freeForm || typeof values !== "object" || values === null) return [];
  if (Array.isArray(values)) {
    const entry = entryOf(known);
    return values.flatMap((value) => unknownKeys(value, entry, freeForm, `${path}[]`));
  }
  return Object.entries(values).flatMap(([key, value]) => {
    const inner = path === "" ? key : `${path}.${key}`;
    const child = childOf(known, key);
    if (child !== undefined) return unknownKeys(value, child, freeForm, inner);
    return inner in freeForm ? [] : [inner];
  });
}

function entryOf({ defaults, schema }: Known): Known {
  return { defaults: Array.isArray(defaults) ? (defaults as unknown[])[0] : undefined, schema: schema?.items };
}

function childOf({ defaults, schema }: Known, key: string): Known | undefined {
  const named = isMap(defaults) && key in defaults;
  const others = typeof schema?.additionalProperties === "object" ? schema.additionalProperties : undefined;
  const child = schema?.properties?.[key] ?? others;
  return named || child ? { defaults: named ? defaults[key] : undefined, schema: child } : undefined;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The messages of which Istio's MeshConfig is made. */
export async function meshConfigMessages(): Promise<Messages> {
  const arguments_ = ["mod", "download", "-json", "istio.io/api"];
  const answer = await retried(() => command("go", arguments_, { cwd: moduleFolder("istio") }));
  const folder = join((JSON.parse(answer) as { readonly Dir: string }).Dir, "mesh/v1alpha1");
  return messagesIn(["config.proto", "proxy.proto"].map((name) => readFileSync(join(folder, name), "utf8")).join("\n"));
}

/** The messages in a text of the protobuf language. Those of one name in different scopes count as one. */
export function messagesIn(proto: string): Messages {
  const messages = new Map<string, Map<string, string>>();
  const scopes: string[] = [];
  for (const line of proto.split("\n").map((text) => text.replace(/\/\/.*/, "").trim())) {
    const [, block, name = ""] = /^(message|enum|oneof) (\w+) \{$/.exec(line) ?? [];
    // The fields of a oneof are its message's own.
    if (block !== undefined) scopes.push(block === "oneof" ? (scopes.at(-1) ?? "") : name);
    else if (line.startsWith("}")) scopes.pop();
    const [, type, field] = /^(?:repeated |optional )?([\w.]+|map<.*>) (\w+) = \d+/.exec(line) ?? [];
    if (type === undefined || field === undefined) continue;
    const scope = scopes.at(-1) ?? "";
    const fields = messages.get(scope) ?? new Map<string, string>();
    messages.set(scope, fields.set(camelCase(field), type.split(".").at(-1) ?? ""));
  }
  return messages;
}

const camelCase = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** Paths of the keys in a value that are no fields of that message, nor of what it holds. Maps may have any key. */
export function unknownFields(value: unknown, message: string, messages: Messages, path: string): string[] {
  const fields = messages.get(message);
  if (fields === undefined || typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((entry) => unknownFields(entry, message, messages, `${path}[]`));
  return Object.entries(value).flatMap(([key, child]) => {
    const type = fields.get(key);
    return type === undefined ? [`${path}.${key}`] : unknownFields(child, type, messages, `${path}.${key}`);
  });
}

/** Texts in Istio's Go sources that could be names of environment variables: whatever it reads is among them. */
export async function environmentVariables(): Promise<ReadonlySet<string>> {
  const options = ["-rhoE", "--include=*.go", "--exclude=*_test.go", '"[A-Z][A-Z0-9_]+"', "pilot", "pkg", "cni"];
  const found = await command("grep", options, { cwd: await istioSources() });
  return new Set(found.split("\n").map((text) => text.slice(1, -1)));
}
