/** One timer that is set again and again. */
export interface Alarm {
  /** Rings at that time of `performance.now()`, instead of at any time set before; never for `Infinity`. */
  set(time: number): void;
}

/** Creates an alarm that calls `ring`, always in a turn of the event loop of its own. */
export function createAlarm(ring: () => void): Alarm {
  let timer: NodeJS.Timeout | undefined;
  let immediate: NodeJS.Immediate | undefined;
  return {
    set(time) {
      clearTimeout(timer);
      clearImmediate(immediate);
      const delay = time - performance.now();
      if (delay <= 0) immediate = setImmediate(ring);
      else if (delay < Infinity) timer = setTimeout(ring, Math.max(1, Math.round(delay)));
    },
  };
}
