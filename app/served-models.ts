/** Tells names of models apart that exist from those that clients make up. */
export interface ServedModels {
  /**
   * The name to count a request under: the base model for an empty name and its own, an adapter that the engine has ever
   * accepted a request for, else `other`.
   *
   * @param asked what the request asked for
   * @param accepted whether the engine now accepts it
   */
  name(asked: string, accepted: boolean): string;
  /** The adapter that such a name stands for; null for the base model and for `other`. */
  adapter(name: string): string | null;
}

/** More adapters than this in one life of the process are counted under `other`. */
const MAX_ADAPTERS = 64;

/** Knows the base model from the start and learns adapters from the engine's answers: only it knows what is loaded. */
export function createServedModels(base: string): ServedModels {
  const adapters = new Set<string>();
  return {
    name(asked, accepted) {
      if (asked === "" || asked === base) return base;
      if (accepted && adapters.size < MAX_ADAPTERS) adapters.add(asked);
      return adapters.has(asked) ? asked : "other";
    },
    adapter: (name) => (adapters.has(name) ? name : null),
  };
}
