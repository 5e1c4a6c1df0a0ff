import type { Engine } from "./engine-settings.ts";

/** Pause of the service before SIGTERM, in seconds: endpoints need a moment to reach every proxy. */
export const PRE_STOP_SECONDS = 5;

/** Longest wait of the service for open requests after SIGTERM, in seconds. */
export const DRAIN_TIMEOUT_SECONDS = 30;

// The service tells the clients of what is left, for up to a second, while the engine must still be there.
const FAREWELL_SECONDS = 5;

/**
 * Pause of vLLM before SIGTERM, in seconds. Both containers are told to stop at the same time, but vLLM must outlive the
 * service: its answers reach the clients through it.
 */
export const ENGINE_PRE_STOP_SECONDS = PRE_STOP_SECONDS + DRAIN_TIMEOUT_SECONDS + FAREWELL_SECONDS;

/** What vLLM gets as `--shutdown-timeout`, in seconds: short, because nobody is left to read an answer by then. */
export const ENGINE_SHUTDOWN_TIMEOUT_SECONDS = 5;

// What is left after pause and drain: for the processes to exit, and for the sidecar's own 5 s drain.
const EXIT_SECONDS = 10;

/** Time from a pod's deletion until what still runs in it is killed, in seconds. */
export function terminationGracePeriodSeconds({ kind }: Engine): number {
  return kind === "vllm"
    ? ENGINE_PRE_STOP_SECONDS + ENGINE_SHUTDOWN_TIMEOUT_SECONDS + EXIT_SECONDS
    : PRE_STOP_SECONDS + DRAIN_TIMEOUT_SECONDS + EXIT_SECONDS;
}
