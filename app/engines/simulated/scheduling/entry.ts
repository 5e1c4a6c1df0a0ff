import type { FinishedSequence } from "./recorder.ts";
import { startSequence, type FinishReason, type Sequence, type SequenceRequest } from "./sequence.ts";

/** The sequences of one prompt. */
export interface Group {
  readonly size: number;
  unfinished: number;
  longest: number;
}

/** A sequence in the scheduler; times in milliseconds. */
export interface Entry {
  readonly request: SequenceRequest;
  readonly sequence: Sequence;
  readonly group: Group;
  readonly arrivedAt: number;
  state: "waiting" | "running" | "ended";
  /** Blocks of the KV cache that it holds. */
  blocks: number;
  /** When its next step is due while it runs. */
  dueAt: number;
  /** When it first got a place in the batch; null before. */
  scheduledAt: number | null;
  /** When it gave its first token; null before. */
  firstTokenAt: number | null;
  /** When it gave its latest token; null before the first. */
  lastTokenAt: number | null;
  preemptions: number;
}

/** A sequence that waits for its first place. */
export const createEntry = (request: SequenceRequest, group: Group, arrivedAt: number): Entry => ({
  request,
  sequence: startSequence(request),
  group,
  arrivedAt,
  state: "waiting",
  blocks: 0,
  dueAt: Infinity,
  scheduledAt: null,
  firstTokenAt: null,
  lastTokenAt: null,
  preemptions: 0,
});

/** Tokens that the KV cache must hold for the sequence's next step. */
export const tokensAtNextStep = ({ request, sequence }: Entry): number =>
  request.promptTokens + Math.min(sequence.generated + 1, request.maxTokens);

/** Sums an ended sequence up; a phase that it never reached took no time. */
export function summarize(entry: Entry, reason: Exclude<FinishReason, "cut">, now: number): FinishedSequence {
  const { request, sequence, arrivedAt, preemptions } = entry;
  const scheduledAt = entry.scheduledAt ?? now;
  const firstTokenAt = entry.firstTokenAt ?? scheduledAt;
  const lastTokenAt = entry.lastTokenAt ?? firstTokenAt;
  return {
    reason,
    promptTokens: request.promptTokens,
    generatedTokens: sequence.generated,
    maxTokens: request.maxTokens,
    preemptions,
    totalSeconds: (now - arrivedAt) / 1000,
    queueSeconds: (scheduledAt - arrivedAt) / 1000,
    prefillSeconds: (firstTokenAt - scheduledAt) / 1000,
    decodeSeconds: (lastTokenAt - firstTokenAt) / 1000,
  };
}
