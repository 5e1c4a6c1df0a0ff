import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createKvCache } from "../../../../app/engines/simulated/scheduling/kv-cache.ts";
import type { FinishedSequence, Recorder } from "../../../../app/engines/simulated/scheduling/recorder.ts";
import { createScheduler, type Pace } from "../../../../app/engines/simulated/scheduling/scheduler.ts";
import type { Fault, SequenceRequest } from "../../../../app/engines/simulated/scheduling/sequence.ts";
import { createStopFilter } from "../../../../app/engines/simulated/text/stop-strings.ts";

const pace: Pace = { timeToFirstTokenMs: 20, interTokenLatencyMs: 5, slowdownUnderLoad: 1, maxNumSeqs: 4 };

/** A scheduler on a clock that the test moves, and what it did by the time it did it. */
function createTest(changes: Partial<Pace> = {}, kvCacheTokens = 16_000) {
  const startedAt = performance.now();
  const now = (): number => Math.round((performance.now() - startedAt) * 1000) / 1000;
  const events: [time: number, what: string][] = [];
  const finished: FinishedSequence[] = [];
  const steps: (readonly [prompt: number, generated: number])[] = [];
  const recorder: Recorder = {
    step: (prompt, generated) => steps.push([prompt, generated]),
    firstToken: () => undefined,
    nextToken: () => undefined,
    preemption: () => events.push([now(), "preemption"]),
    finished: (sequence) => finished.push(sequence),
    promptFinished: (sequences, longest) => events.push([now(), `${sequences} done, longest ${longest}`]),
  };
  const kvCache = createKvCache(kvCacheTokens);
  const scheduler = createScheduler({ ...pace, ...changes }, kvCache, recorder);
  const request = (
    name: string,
    promptTokens: number,
    maxTokens: number,
    fault: Fault | null = null,
  ): SequenceRequest => ({
    promptTokens,
    maxTokens,
    minTokens: 0,
    ignoreEnd: false,
    answer: { next: () => "x" },
    stops: createStopFilter([], false),
    adapter: name,
    fault,
    onOutput: ({ finishReason }) => events.push([now(), finishReason === null ? name : `${name} ${finishReason}`]),
  });
  return {
    scheduler,
    kvCache,
    events,
    finished,
    steps,
    request,
    submit: (name: string, promptTokens: number, maxTokens: number, fault: Fault | null = null) =>
      scheduler.submit([request(name, promptTokens, maxTokens, fault)]),
    times: (name: string) => events.filter(([, what]) => what.startsWith(name)).map(([time]) => time),
  };
}

describe("the scheduler", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate", "performance"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("gives the first token after its time, and the others at equal distances", () => {
    const { submit, events } = createTest();
    submit("a", 1, 4);
    vi.advanceTimersByTime(100);
    expect(events).toEqual([
      [20, "a"],
      [25, "a"],
      [30, "a"],
      [35, "1 done, longest 4"],
      [35, "a length"],
    ]);
  });

  it("does not let late timers add up", () => {
    const { submit, times } = createTest({ interTokenLatencyMs: 2.5 });
    submit("a", 1, 9);
    vi.advanceTimersByTime(1000);
    // Timers are no finer than a millisecond, yet the last of eight distances ends where it should.
    expect(times("a")).toEqual([20, 23, 25, 28, 30, 33, 35, 38, 40]);
  });

  it("slows all sequences down with the number of those that run", () => {
    const { submit, times } = createTest({ slowdownUnderLoad: 2 });
    for (const name of ["a", "b", "c", "d"]) submit(name, 1, 3);
    vi.advanceTimersByTime(1000);
    // Taken on as the first, second, third and fourth of four: by factors of 1, 4/3, 5/3 and 2.
    expect(["a", "b", "c", "d"].map((name) => times(name)[0])).toEqual([20, 27, 33, 40]);
    expect(times("a")).toEqual([20, 30, 40]);
  });

  it("lets what exceeds the batch wait, first come, first served", () => {
    const { submit, scheduler, times, finished } = createTest({ maxNumSeqs: 1 });
    submit("a", 1, 1);
    submit("b", 1, 1);
    submit("c", 1, 1);
    expect([scheduler.running, scheduler.waiting]).toEqual([1, 2]);
    vi.advanceTimersByTime(1000);
    expect(["a", "b", "c"].flatMap(times)).toEqual([20, 40, 60]);
    expect(finished.map(({ queueSeconds }) => queueSeconds)).toEqual([0, 0.02, 0.04]);
    expect([scheduler.running, scheduler.waiting]).toEqual([0, 0]);
  });

  it("lets a sequence wait that does not fit into the KV cache", () => {
    const { submit, scheduler, kvCache } = createTest({}, 64);
    submit("a", 30, 1);
    submit("b", 40, 1);
    expect([scheduler.running, scheduler.waiting, kvCache.usage]).toEqual([1, 1, 0.5]);
    vi.advanceTimersByTime(20);
    expect([scheduler.running, scheduler.waiting, kvCache.usage]).toEqual([1, 0, 0.75]);
    vi.advanceTimersByTime(20);
    expect(kvCache.usage).toBe(0);
  });

  it("takes the place of the last for the first when they outgrow the KV cache, and computes it again later", () => {
    const { submit, events, finished, kvCache } = createTest({}, 64);
    // Both need a second and then a third block of four.
    submit("a", 15, 20);
    submit("b", 15, 20);
    vi.advanceTimersByTime(1000);
    expect(events.filter(([, what]) => what === "preemption")).toEqual([[105, "preemption"]]);
    expect(finished.map(({ preemptions, generatedTokens }) => [preemptions, generatedTokens])).toEqual([
      [0, 20],
      [1, 20],
    ]);
    // b had given 17 tokens; it is taken on when a ends at 115 ms, and its 18th comes a first token's time later.
    expect(events.filter(([time, what]) => what.startsWith("b") && time > 100)).toEqual([
      [135, "b"],
      [140, "b"],
      [145, "b length"],
    ]);
    expect(kvCache.usage).toBe(0);
  });

  it("takes what lost its place on again before what never had one", () => {
    const { submit, events } = createTest({ maxNumSeqs: 2 }, 64);
    submit("a", 15, 20);
    submit("b", 15, 20);
    submit("c", 15, 1);
    vi.advanceTimersByTime(1000);
    const ends = events.filter(([, what]) => what.endsWith("length")).map(([, what]) => what);
    const preempted = events.findIndex(([, what]) => what === "preemption");
    expect(preempted).toBeGreaterThan(0);
    expect(events.slice(preempted).findIndex(([, what]) => what === "b")).toBeLessThan(
      events.slice(preempted).findIndex(([, what]) => what.startsWith("c")),
    );
    expect(ends).toEqual(["a length", "c length", "b length"]);
  });

  it("gives up what is withdrawn, and takes the next on at once", () => {
    const { submit, scheduler, times, finished, kvCache } = createTest({ maxNumSeqs: 1 });
    const withdraw = submit("a", 1, 1000);
    const withdrawWaiting = submit("b", 1, 1);
    submit("c", 1, 1);
    vi.advanceTimersByTime(30);
    withdrawWaiting();
    withdraw();
    withdraw();
    expect([scheduler.running, scheduler.waiting]).toEqual([1, 0]);
    vi.advanceTimersByTime(1000);
    expect([times("c"), times("b")]).toEqual([[50], []]);
    expect([finished.length, kvCache.usage]).toEqual([1, 0]);
  });

  it("knows the sequences of a prompt together", () => {
    const { scheduler, request, events, steps } = createTest();
    scheduler.submit([request("a", 7, 1), request("b", 7, 2)]);
    vi.advanceTimersByTime(1000);
    expect(events.filter(([, what]) => what.includes("done"))).toEqual([[25, "2 done, longest 2"]]);
    expect(steps).toEqual([
      [14, 2],
      [0, 1],
    ]);
  });

  it("sums a sequence up", () => {
    const { submit, finished } = createTest();
    submit("a", 7, 3);
    vi.advanceTimersByTime(1000);
    expect(finished).toEqual([
      {
        reason: "length",
        promptTokens: 7,
        generatedTokens: 3,
        maxTokens: 3,
        preemptions: 0,
        totalSeconds: expect.closeTo(0.03, 6) as number,
        queueSeconds: 0,
        prefillSeconds: expect.closeTo(0.02, 6) as number,
        decodeSeconds: expect.closeTo(0.01, 6) as number,
      },
    ]);
  });

  it("keeps a silent sequence in its place until it is withdrawn", () => {
    const { submit, scheduler, times } = createTest();
    const withdraw = submit("a", 1, 100, { kind: "stall", afterTokens: 2 });
    vi.advanceTimersByTime(100_000);
    expect([times("a"), scheduler.running]).toEqual([[20, 25], 1]);
    withdraw();
    expect(scheduler.running).toBe(0);
  });

  it("ends all sequences when it is told to", () => {
    const { submit, scheduler, events, finished } = createTest({ maxNumSeqs: 1 });
    submit("a", 1, 100);
    submit("b", 1, 100);
    vi.advanceTimersByTime(22);
    scheduler.endAll("abort");
    expect(events.filter(([, what]) => what.endsWith("abort"))).toEqual([
      [22, "a abort"],
      [22, "b abort"],
    ]);
    expect(finished).toMatchObject([
      { reason: "abort", generatedTokens: 1, totalSeconds: 0.022, prefillSeconds: 0.02, decodeSeconds: 0 },
      {
        reason: "abort",
        generatedTokens: 0,
        totalSeconds: 0.022,
        queueSeconds: 0.022,
        prefillSeconds: 0,
        decodeSeconds: 0,
      },
    ]);
    expect([scheduler.running, scheduler.waiting]).toEqual([0, 0]);
  });

  it("measures how busy it was since it was last asked", () => {
    const { submit, scheduler } = createTest();
    expect(scheduler.utilization()).toBe(0);
    submit("a", 1, 1);
    vi.advanceTimersByTime(40);
    // One of four for half of the time: half busy by itself, and a fourth of the other half.
    expect(scheduler.utilization()).toBeCloseTo(0.5 * 0.625);
    for (const name of ["a", "b", "c", "d"]) submit(name, 1, 1000);
    vi.advanceTimersByTime(100);
    expect(scheduler.utilization()).toBeCloseTo(1);
    vi.advanceTimersByTime(10_000);
    scheduler.utilization();
    vi.advanceTimersByTime(100);
    expect(scheduler.utilization()).toBe(0);
  });
});
