/** How busy the simulated accelerator is. */
export interface Utilization {
  /** Notes how many sequences run from now on. */
  set(running: number): void;
  /** The mean since the last call, 0 to 1. */
  read(): number;
}

/**
 * Decoding reads the whole model for each step, however few sequences run: an accelerator that runs one is half busy
 * here, and wholly busy with `maxNumSeqs`; linear between. `now` tells the time in milliseconds.
 */
export function createUtilization(maxNumSeqs: number, now: () => number): Utilization {
  let level = 0;
  let since = now();
  let busy = 0;
  let readAt = since;
  const settle = (time: number): void => {
    busy += level * (time - since);
    since = time;
  };
  return {
    set(running) {
      settle(now());
      level = running === 0 ? 0 : 0.5 + (0.5 * running) / maxNumSeqs;
    },
    read() {
      const time = now();
      settle(time);
      const mean = time > readAt ? busy / (time - readAt) : level;
      busy = 0;
      readAt = time;
      return mean;
    },
  };
}
