import type { SimulatedEngineSettings } from "../settings.ts";
import { createAlarm } from "./alarm.ts";
import { createBatch, type Batch } from "./batch.ts";
import { createEntry, summarize, type Entry, type Group } from "./entry.ts";
import type { KvCache } from "./kv-cache.ts";
import type { Recorder } from "./recorder.ts";
import type { FinishReason, Output, SequenceRequest } from "./sequence.ts";
import { createUtilization } from "./utilization.ts";

/** Runs sequences in one batch, as vLLM's scheduler does. */
export interface Scheduler {
  /** Sequences in the batch. */
  readonly running: number;
  /** Sequences that wait for a place in it. */
  readonly waiting: number;
  /** Takes on the sequences of one prompt, whose outputs come later. Returns what withdraws those still unfinished. */
  submit(requests: readonly SequenceRequest[]): () => void;
  /** Ends every sequence with that reason. */
  endAll(reason: FinishReason): void;
  /** LoRA adapters of running and of waiting sequences, each name once. */
  adapters(): { readonly running: readonly string[]; readonly waiting: readonly string[] };
  /** Mean utilization of the accelerator since the last call, 0 to 1. */
  utilization(): number;
}

/** Settings of the scheduler; see {@link SimulatedEngineSettings}. */
export type Pace = Pick<
  SimulatedEngineSettings,
  "timeToFirstTokenMs" | "interTokenLatencyMs" | "slowdownUnderLoad" | "maxNumSeqs"
>;

/** Timers are no finer than a millisecond: what is due within half of one is taken along. */
const TOLERANCE_MS = 0.5;

/**
 * Creates a scheduler. Sequences are taken on in the order of their arrival while a place and blocks of `kvCache` are
 * free. Each step of a sequence is due at a fixed time after the one before was due, not after it happened, so that late
 * timers do not add up; one alarm wakes the batch for all. A running sequence that finds no free block takes those of
 * the one that was taken on last, which is computed again later.
 */
export function createScheduler(pace: Pace, kvCache: KvCache, recorder: Recorder): Scheduler {
  const batch = createBatch(pace.maxNumSeqs, kvCache, () => {
    recorder.preemption();
  });
  const utilization = createUtilization(pace.maxNumSeqs, () => performance.now());
  const alarm = createAlarm(() => {
    const now = performance.now();
    takeDueSteps(batch, pace, recorder, now);
    fill(now);
  });
  function fill(now: number): void {
    for (const entry of batch.takeOn()) {
      entry.scheduledAt ??= now;
      entry.dueAt = now + pace.timeToFirstTokenMs * slowdown(batch, pace);
    }
    utilization.set(batch.running.length);
    alarm.set(batch.running.reduce((earliest, { dueAt }) => Math.min(earliest, dueAt), Infinity));
  }
  return {
    get running() {
      return batch.running.length;
    },
    get waiting() {
      return batch.waiting.length;
    },
    submit(requests) {
      const now = performance.now();
      const group: Group = { size: requests.length, unfinished: requests.length, longest: 0 };
      const entries = requests.map((request) => createEntry(request, group, now));
      batch.enqueue(entries);
      fill(now);
      return () => {
        for (const entry of entries) if (entry.state !== "ended") batch.remove(entry);
        fill(performance.now());
      };
    },
    endAll(reason) {
      const now = performance.now();
      for (const entry of [...batch.running, ...batch.waiting]) {
        if (entry.state !== "ended") deliver(entry, entry.sequence.end(reason), batch, recorder, now);
      }
      fill(now);
    },
    adapters: () => ({ running: adaptersOf(batch.running), waiting: adaptersOf(batch.waiting) }),
    utilization: () => utilization.read(),
  };
}

function takeDueSteps(batch: Batch, pace: Pace, recorder: Recorder, now: number): void {
  let promptTokens = 0;
  let generatedTokens = 0;
  for (const entry of [...batch.running]) {
    // An output before may have ended it, or another sequence may have taken its blocks.
    if (entry.state !== "running" || entry.dueAt > now + TOLERANCE_MS || !batch.makeRoom(entry)) continue;
    const isFirst = entry.firstTokenAt === null;
    const output = entry.sequence.step();
    entry.dueAt = output === null ? Infinity : entry.dueAt + pace.interTokenLatencyMs * slowdown(batch, pace);
    if (output === null) continue;
    if (isFirst) promptTokens += entry.request.promptTokens;
    generatedTokens += output.tokens;
    recordTimes(entry, output, recorder, now);
    deliver(entry, output, batch, recorder, now);
  }
  if (promptTokens + generatedTokens > 0) recorder.step(promptTokens, generatedTokens);
}

function recordTimes(entry: Entry, output: Output, recorder: Recorder, now: number): void {
  if (entry.firstTokenAt === null) {
    entry.firstTokenAt = now;
    recorder.firstToken((now - entry.arrivedAt) / 1000);
  } else if (output.tokens > 0) {
    recorder.nextToken((now - (entry.lastTokenAt ?? entry.firstTokenAt)) / 1000);
  }
  if (output.tokens > 0) entry.lastTokenAt = now;
}

function deliver(entry: Entry, output: Output, batch: Batch, recorder: Recorder, now: number): void {
  const reason = output.finishReason;
  if (reason !== null) {
    batch.remove(entry);
    if (reason !== "cut") recordEnd(entry, reason, recorder, now);
  }
  entry.request.onOutput(output);
}

function recordEnd(entry: Entry, reason: Exclude<FinishReason, "cut">, recorder: Recorder, now: number): void {
  const { group } = entry;
  recorder.finished(summarize(entry, reason, now));
  group.unfinished -= 1;
  group.longest = Math.max(group.longest, entry.sequence.generated);
  if (group.unfinished === 0) recorder.promptFinished(group.size, group.longest);
}

/** The factor on both latencies with the batch as it is. */
const slowdown = ({ running }: Batch, { slowdownUnderLoad, maxNumSeqs }: Pace): number =>
  1 + ((slowdownUnderLoad - 1) * Math.max(0, running.length - 1)) / Math.max(1, maxNumSeqs - 1);

const adaptersOf = (entries: readonly Entry[]): readonly string[] => [
  ...new Set(entries.flatMap(({ request }) => request.adapter ?? [])),
];
