/** Shows what long work is doing, one line a step, with the time since it began. */
export interface Progress {
  /** Prints a line. */
  readonly say: (line: string) => void;
  /** Prints that a step has begun, and again every half minute until it ends. */
  readonly started: (name: string) => void;
  /** Prints that a step has ended. @param seconds how long it took */
  readonly finished: (name: string, seconds: number) => void;
  /** Prints that a step has failed and the last line of the reason; the whole reason is for whoever started the work. */
  readonly failed: (name: string, error: unknown) => void;
}

const heartbeatMs = 30_000;

function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function lastLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.trimEnd().split("\n").at(-1) ?? "";
}

/** Progress on the terminal; every line begins with the time since this call. */
export function terminalProgress(): Progress {
  const begin = performance.now();
  const elapsed = () => (performance.now() - begin) / 1000;
  const say = (line: string) => {
    console.log(`${formatSeconds(elapsed()).padStart(6)}  ${line}`);
  };
  const heartbeats = new Map<string, NodeJS.Timeout>();
  const started = (name: string) => {
    const since = elapsed();
    say(`${name} ...`);
    const beat = setInterval(() => {
      say(`${name} ... ${formatSeconds(elapsed() - since)}`);
    }, heartbeatMs);
    heartbeats.set(name, beat.unref());
  };
  const ended = (name: string, how: string) => {
    clearInterval(heartbeats.get(name));
    heartbeats.delete(name);
    say(`${name} ${how}`);
  };
  return {
    say,
    started,
    finished: (name, seconds) => {
      ended(name, `done in ${formatSeconds(seconds)}`);
    },
    failed: (name, error) => {
      ended(name, `failed: ${lastLine(error)}`);
    },
  };
}
