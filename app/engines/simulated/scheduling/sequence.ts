import type { Answer } from "../text/answer.ts";
import type { StopFilter } from "../text/stop-strings.ts";

/** A fault that strikes an answer after so many tokens, or at its end when it is shorter. */
export interface Fault {
  /**
   * `error`: the engine gives up; `abort`: it ends the answer; `cut`: the connection dies; `stall`: nothing comes any
   * more.
   */
  readonly kind: "error" | "abort" | "cut" | "stall";
  readonly afterTokens: number;
}

/** Why a sequence ended, in vLLM's words; `cut` is ours: nobody listens to it any more. */
export type FinishReason = "stop" | "length" | "abort" | "error" | "cut";

/** What a sequence has to say at a step. */
export interface Output {
  /** Text that can be shown now, maybe empty. */
  readonly text: string;
  /** Tokens that were generated since the last output, 0 or more. */
  readonly tokens: number;
  /** Null while the sequence goes on. */
  readonly finishReason: FinishReason | null;
  /** The stop string that ended it; null for any other end. */
  readonly stopReason: string | null;
}

/** A sequence to generate. */
export interface SequenceRequest {
  /** Tokens of its prompt. */
  readonly promptTokens: number;
  /** Tokens to generate at most; 0 only computes the prompt, as for an embedding. */
  readonly maxTokens: number;
  /** Tokens before which neither the text's own end nor a stop string counts. */
  readonly minTokens: number;
  /** Whether it goes on after its own end. */
  readonly ignoreEnd: boolean;
  readonly answer: Answer;
  readonly stops: StopFilter;
  /** LoRA adapter that it needs; null for none. */
  readonly adapter: string | null;
  readonly fault: Fault | null;
  /** Takes every output; must not throw. */
  readonly onOutput: (output: Output) => void;
}

/** The state of a sequence between two steps. */
export interface Sequence {
  /** Tokens generated so far, the one that ends a text included. */
  readonly generated: number;
  /** Takes one step; null when the sequence has fallen silent for ever. */
  step(): Output | null;
  /** What is said when the sequence is ended from outside. */
  end(reason: FinishReason): Output;
}

/** Starts a sequence. */
export function startSequence(request: SequenceRequest): Sequence {
  const { answer, stops, maxTokens, minTokens, ignoreEnd, fault } = request;
  let generated = 0;
  const end = (finishReason: FinishReason): Output => ({
    text: stops.rest(),
    tokens: 0,
    finishReason,
    stopReason: null,
  });
  const generate = (): Output => {
    const armed = generated >= minTokens;
    generated += 1;
    const token = nextToken(answer, armed && !ignoreEnd);
    // As with a model's end-of-sequence token: it is counted and has no text.
    if (token === null) return { ...end("stop"), tokens: 1 };
    const { text, stop } = stops.push(token, armed);
    if (stop !== null) return { text, tokens: 1, finishReason: "stop", stopReason: stop };
    if (generated < maxTokens) return { text, tokens: 1, finishReason: null, stopReason: null };
    return { text: text + stops.rest(), tokens: 1, finishReason: "length", stopReason: null };
  };
  const strike = ({ kind }: Fault): Output | null => (kind === "stall" ? null : end(kind));
  return {
    get generated() {
      return generated;
    },
    step() {
      if (maxTokens === 0) return end("stop");
      if (fault !== null && generated >= fault.afterTokens) return strike(fault);
      const output = generate();
      return fault !== null && output.finishReason !== null ? strike(fault) : output;
    },
    end,
  };
}

function nextToken(answer: Answer, mayEnd: boolean): string | null {
  const token = answer.next();
  return token !== null || mayEnd ? token : answer.next();
}
