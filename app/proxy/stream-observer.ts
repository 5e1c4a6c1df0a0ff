import type { Outcome } from "../request-log/record.ts";
import { parseJson } from "../json.ts";
import { usageOf, type Usage } from "./usage.ts";

/** What becomes known of a stream while it passes. */
export interface StreamObserver {
  /** Takes one event, as the reader of server-sent events reports it. */
  readonly event: (event: string) => void;
  /** What the engine said went wrong inside the stream; `ok` when nothing did. */
  readonly outcome: Extract<Outcome, "ok" | "stream_error" | "stream_abort">;
  /** Whether the closing `[DONE]` was seen. */
  readonly done: boolean;
  /** As far as it is known: completion tokens the engine did not report are counted by chunks. */
  readonly usage: Usage;
}

/** Told of the pace of a stream. Times are in milliseconds of `performance.now()`. */
export interface Pace {
  /** The first chunk of the answer has come. */
  firstToken(at: number): void;
  /** A further token of one choice has come, that long after the one before. */
  token(milliseconds: number): void;
}

const ERROR = /^data: ?\{\s*"error"\s*:|^data: ?\{\s*"object"\s*:\s*"error"|^event: ?(?:error|response\.failed)$/m;
const FINISH = '"finish_reason":';
const ABORTED = /"finish_reason": ?"abort"/;
const CHOICE_INDEX = /"index": ?(\d+)/;

/**
 * Observes a stream in the form of vLLM: a chunk of JSON an event, mostly one token of one choice each. vLLM tells of
 * what goes wrong after the first byte by an event with `error`, and of an aborted request by the finish reason `abort`,
 * both under status 200. Chunks are searched, not parsed, save those that carry usage: no text of an answer can imitate
 * a key, since quotes inside JSON strings are escaped.
 */
export function createStreamObserver(pace: Pace): StreamObserver {
  const lastTokenAt = new Map<string, number>();
  let outcome: StreamObserver["outcome"] = "ok";
  let done = false;
  let started = false;
  let tokens = 0;
  let usageEvent: string | undefined;
  const chunk = (event: string): void => {
    const now = performance.now();
    if (!started) pace.firstToken(now);
    started = true;
    // Only the first chunks of a chat name the role, and carry no token.
    if (tokens === 0 && isRole(event)) return;
    tokens += 1;
    const choice = CHOICE_INDEX.exec(event)?.[1] ?? "0";
    const previous = lastTokenAt.get(choice);
    lastTokenAt.set(choice, now);
    if (previous !== undefined) pace.token(now - previous);
  };
  return {
    event(event) {
      if (event.includes('"usage":{') || event.includes('"usage": {')) usageEvent = event;
      const finish = event.indexOf(FINISH);
      if (finish !== -1) {
        if (ABORTED.test(event)) outcome = "stream_abort";
        chunk(event);
      } else if (event === "data: [DONE]" || event === "data:[DONE]") done = true;
      else if (ERROR.test(event)) outcome = "stream_error";
    },
    get outcome() {
      return outcome;
    },
    get done() {
      return done;
    },
    get usage() {
      return usageEvent === undefined ? { promptTokens: null, completionTokens: tokens } : usageOf(payload(usageEvent));
    },
  };
}

const isRole = (event: string): boolean => /"delta": ?\{"role":/.test(event);

const payload = (event: string): unknown => parseJson(event.replace(/^data: ?/, ""));
