import { tokensAtNextStep, type Entry } from "./entry.ts";
import type { KvCache } from "./kv-cache.ts";

/** Who runs and who waits. */
export interface Batch {
  /** In the order in which they were taken on. */
  readonly running: readonly Entry[];
  /** In the order in which they will be taken on. */
  readonly waiting: readonly Entry[];
  /** Puts sequences at the end of the queue. */
  enqueue(entries: readonly Entry[]): void;
  /** Takes the queue's first on while a place and blocks are free, and returns them. */
  takeOn(): readonly Entry[];
  /**
   * Gets a running sequence the blocks for its next step, if need be from those that were taken on last, which go back
   * to the head of the queue. Returns false when it is itself the last and had to go.
   */
  makeRoom(entry: Entry): boolean;
  /** Ends a sequence wherever it is. */
  remove(entry: Entry): void;
}

/** Creates an empty batch with so many places; `onPreemption` is called for each sequence that loses its place. */
export function createBatch(places: number, kvCache: KvCache, onPreemption: () => void): Batch {
  const running: Entry[] = [];
  const waiting: Entry[] = [];

  function remove(entry: Entry): void {
    const list = entry.state === "running" ? running : waiting;
    const index = list.indexOf(entry);
    if (index !== -1) list.splice(index, 1);
    kvCache.release(entry.blocks);
    entry.blocks = 0;
    entry.state = "ended";
  }

  function preempt(entry: Entry): void {
    remove(entry);
    entry.state = "waiting";
    entry.preemptions += 1;
    waiting.unshift(entry);
    onPreemption();
  }

  return {
    running,
    waiting,
    enqueue: (entries) => waiting.push(...entries),
    takeOn() {
      const taken: Entry[] = [];
      for (let entry = waiting[0]; entry !== undefined && running.length < places; entry = waiting[0]) {
        const blocks = kvCache.exchange(0, tokensAtNextStep(entry));
        if (blocks === null) break;
        entry.blocks = blocks;
        entry.state = "running";
        waiting.shift();
        running.push(entry);
        taken.push(entry);
      }
      return taken;
    },
    makeRoom(entry) {
      while (entry.state === "running") {
        const blocks = kvCache.exchange(entry.blocks, tokensAtNextStep(entry));
        if (blocks !== null) {
          entry.blocks = blocks;
          return true;
        }
        preempt(running.at(-1) ?? entry);
      }
      return false;
    },
    remove,
  };
}
