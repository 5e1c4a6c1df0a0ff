import type { FinishedSequence, Recorder } from "../scheduling/recorder.ts";
import type { Meters } from "./meters.ts";

const FINISHED_REASONS = ["stop", "length", "abort", "error", "repetition"];
const PROMPT_SOURCES = ["local_compute", "local_cache_hit", "external_kv_transfer"];

/** Writes what the scheduler does into metrics. */
export function createRecorder(meters: Meters): Recorder {
  const promptTokens = meters.counter("promptTokens");
  const promptTokensBySource = meters.counter(
    "promptTokensBySource",
    PROMPT_SOURCES.map((source) => ({ source })),
  );
  const generationTokens = meters.counter("generationTokens");
  const iterationTokens = meters.histogram("iterationTokens");
  const preemptions = meters.counter("preemptions");
  const paramsN = meters.histogram("paramsN");
  const maxGenerationTokens = meters.histogram("maxGenerationTokens");
  return {
    step(prompt, generated) {
      promptTokens(prompt);
      promptTokensBySource(prompt, { source: "local_compute" });
      generationTokens(generated);
      iterationTokens(prompt + generated);
    },
    firstToken: meters.histogram("timeToFirstToken"),
    nextToken: meters.histogram("interTokenLatency"),
    preemption() {
      preemptions(1);
    },
    finished: createFinishedRecorder(meters),
    promptFinished(sequences, longest) {
      paramsN(sequences);
      maxGenerationTokens(longest);
    },
  };
}

function createFinishedRecorder(meters: Meters): (sequence: FinishedSequence) => void {
  const success = meters.counter(
    "requestSuccess",
    FINISHED_REASONS.map((reason) => ({ finished_reason: reason })),
  );
  const observations = [
    [meters.histogram("requestPromptTokens"), (s) => s.promptTokens],
    [meters.histogram("prefillComputedTokens"), (s) => s.promptTokens],
    [meters.histogram("requestGenerationTokens"), (s) => s.generatedTokens],
    [meters.histogram("requestPreemptions"), (s) => s.preemptions],
    [meters.histogram("totalSeconds"), (s) => s.totalSeconds],
    [meters.histogram("queueSeconds"), (s) => s.queueSeconds],
    [meters.histogram("prefillSeconds"), (s) => s.prefillSeconds],
    [meters.histogram("decodeSeconds"), (s) => s.decodeSeconds],
    [meters.histogram("inferenceSeconds"), (s) => s.prefillSeconds + s.decodeSeconds],
    [meters.histogram("timePerOutputToken"), (s) => s.decodeSeconds / Math.max(1, s.generatedTokens - 1)],
  ] satisfies [unknown, (sequence: FinishedSequence) => number][];
  const paramsMaxTokens = meters.histogram("paramsMaxTokens");
  return (sequence) => {
    success(1, { finished_reason: sequence.reason });
    if (sequence.maxTokens > 0) paramsMaxTokens(sequence.maxTokens);
    for (const [observe, read] of observations) observe(read(sequence));
  };
}
