import { CHAT_CLAIMS } from "./chats.ts";
import { COMPLETION_CLAIMS } from "./completions.ts";
import { ERROR_CLAIMS } from "./errors.ts";
import { LOAD_CLAIMS } from "./load.ts";
import { LORA_STEPS } from "./lora.ts";
import { METRIC_CLAIMS } from "./metrics.ts";
import { EMBEDDING_CLAIMS, MODEL_CLAIMS } from "./models.ts";
import { STREAM_CLAIMS } from "./streams.ts";

/** What every engine that generates text is held to, through every client. */
export const CLIENT_CLAIMS = {
  ...COMPLETION_CLAIMS,
  ...STREAM_CLAIMS,
  ...CHAT_CLAIMS,
  ...ERROR_CLAIMS,
  ...MODEL_CLAIMS,
} as const;

/** Everything an engine is held to. */
export const ALL_CLAIMS = {
  ...CLIENT_CLAIMS,
  ...EMBEDDING_CLAIMS,
  ...LORA_STEPS,
  ...METRIC_CLAIMS,
  ...LOAD_CLAIMS,
} as const;

/** Name of one of {@link ALL_CLAIMS}. */
export type ClaimName = keyof typeof ALL_CLAIMS;

/** The claims of a record with their names. */
export const entriesOf = <Name extends ClaimName, C>(
  claims: Readonly<Record<Name, C>>,
): readonly (readonly [Name, C])[] => Object.entries(claims) as unknown as readonly (readonly [Name, C])[];
