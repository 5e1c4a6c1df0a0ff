import type { EngineError } from "../engine-error.ts";
import type { OnOutput } from "./generation.ts";

/** Delivers an answer to its client, in one piece or as a stream. */
export interface Delivery {
  /** Takes the outputs of the choices; after the last of all choices the answer has ended. */
  readonly onOutput: OnOutput;
  /** Ends the answer with an error; nothing may come after it. */
  fail(error: EngineError): void;
}
