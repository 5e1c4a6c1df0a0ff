/** Shows what long work is doing, one line a step, with the time since it began. */
export interface Progress {
  /** Prints a line. */
  readonly say: (line: string) => void;
  /** Prints that a step has begun, and again every half minute until it ends. */
  readonly started: (name: string) => void;
  /** Prints that a step has ended. @param seconds how long it took */
  readonly finished: (name: string, seconds: number) => void;
}

const heartbeatMs = 30_000;

/** Minutes and seconds: `3:07`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** Progress on the terminal; every line begins with the time since this call. */
export function terminalProgress(): Progress {
  const begin = performance.now();
  const elapsed = () => (performance.now() - begin) / 1000;
  const say = (line: string) => {
    console.log(`${formatSeconds(elapsed()).padStart(6)}  ${line}`);
  };
  const heartbeats = new Map<string, NodeJS.Timeout>();
  return {
    say,
    started: (name) => {
      const since = elapsed();
      say(`${name} ...`);
      const beat = setInterval(() => {
        say(`${name} ... ${formatSeconds(elapsed() - since)}`);
      }, heartbeatMs);
      heartbeats.set(name, beat.unref());
    },
    finished: (name, seconds) => {
      clearInterval(heartbeats.get(name));
      say(`${name} done in ${formatSeconds(seconds)}`);
    },
  };
}
