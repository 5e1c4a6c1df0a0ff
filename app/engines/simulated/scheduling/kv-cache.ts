/** Tokens in one block of the KV cache, as in vLLM. */
export const BLOCK_SIZE = 16;

/** How many blocks that many tokens need. */
export const blocksFor = (tokens: number): number => Math.ceil(tokens / BLOCK_SIZE);

/** Counts the blocks of the KV cache that sequences hold. */
export interface KvCache {
  /** Blocks there are. */
  readonly size: number;
  /** Share of the blocks that is held, 0 to 1. */
  readonly usage: number;
  /** Exchanges `held` blocks for as many as `tokens` need, and returns these; null when there are not so many. */
  exchange(held: number, tokens: number): number | null;
  /** Gives `held` blocks back. */
  release(held: number): void;
}

/** Creates an empty cache of as many whole blocks as fit into `tokens`. */
export function createKvCache(tokens: number): KvCache {
  const size = Math.floor(tokens / BLOCK_SIZE);
  let used = 0;
  return {
    size,
    get usage() {
      return used / size;
    },
    exchange(held, wanted) {
      const blocks = blocksFor(wanted);
      if (used - held + blocks > size) return null;
      used += blocks - held;
      return blocks;
    },
    release(held) {
      used -= held;
    },
  };
}
