import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** Lets open answers finish before a server stops. */
export interface Drain {
  /** True from the first call of {@link Drain.finish} on. */
  readonly draining: boolean;
  /** Answers that have not ended yet. */
  readonly open: number;
  /** Adds an answer that has not ended yet. While draining, its connection is closed after it. */
  track(outgoing: ServerResponse): void;
  /** Waits until no answer is open, at most `timeoutMs` milliseconds. Returns how many still are. */
  finish(timeoutMs: number): Promise<number>;
}

/** Creates a drain for one server. */
export function createDrain(): Drain {
  const open = new Set<ServerResponse>();
  const idle = Promise.withResolvers<undefined>();
  let draining = false;
  const release = (outgoing: ServerResponse): void => {
    open.delete(outgoing);
    if (draining && open.size === 0) idle.resolve(undefined);
  };
  return {
    get draining() {
      return draining;
    },
    get open() {
      return open.size;
    },
    track(outgoing) {
      outgoing.shouldKeepAlive &&= !draining;
      open.add(outgoing);
      outgoing.once("close", () => {
        release(outgoing);
      });
    },
    async finish(timeoutMs) {
      draining = true;
      for (const outgoing of open) outgoing.shouldKeepAlive = false;
      if (open.size > 0) await Promise.race([idle.promise, sleep(timeoutMs, undefined, { ref: false })]);
      return open.size;
    },
  };
}
