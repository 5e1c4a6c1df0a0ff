import { EngineError, unknownModel } from "./engine-error.ts";
import type { LoadRequest } from "./requests/lora-request.ts";

/** The last part of paths under which no adapter is found, so that a failing load can be tried. */
const MISSING = "missing";

/** The served model and the LoRA adapters that are loaded. */
export interface Adapters {
  /** Path of each adapter by its name. */
  readonly loaded: ReadonlyMap<string, string>;
  /** The adapter to answer with: null for the served model itself. Throws a 404 for any other name. */
  resolve(model: string | null): string | null;
  /** Loads an adapter, and returns what vLLM says then. Any path will do but one that ends in `missing`. */
  load(request: LoadRequest): string;
  /** Unloads an adapter, and returns what vLLM says then. */
  unload(name: string): string;
}

/** Creates the list with the adapters that are there from the start. */
export function createAdapters(servedModel: string, names: readonly string[]): Adapters {
  const loaded = new Map(names.map((name) => [name, `/adapters/${name}`]));
  return {
    loaded,
    resolve(model) {
      if (model === null || model === "" || model === servedModel) return null;
      if (loaded.has(model)) return model;
      throw unknownModel(model, servedModel);
    },
    load({ name, path, inPlace }) {
      if (name === "" || path === "") throw invalid("Both 'lora_name' and 'lora_path' must be provided.");
      if (name === servedModel) throw invalid(`The lora adapter '${name}' conflicts with a served base model.`);
      if (loaded.has(name) && !inPlace) {
        const hint = "If you want to load the adapter in place, set 'load_inplace' to True.";
        throw invalid(`The lora adapter '${name}' has already been loaded. ${hint}`);
      }
      if (path.split("/").at(-1) === MISSING)
        throw notFound(`Loading lora ${name} failed: No adapter found for ${path}`);
      loaded.set(name, path);
      return `Success: LoRA adapter '${name}' added successfully.`;
    },
    unload(name) {
      if (name === "") throw invalid("'lora_name' needs to be provided to unload a LoRA adapter.");
      if (!loaded.delete(name)) throw notFound(`The lora adapter '${name}' cannot be found.`);
      return `Success: LoRA adapter '${name}' removed successfully.`;
    },
  };
}

const invalid = (message: string): EngineError => new EngineError(400, "InvalidUserInput", message);
const notFound = (message: string): EngineError => new EngineError(404, "NotFoundError", message);
