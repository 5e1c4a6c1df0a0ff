import type { JsonObject } from "../json.ts";

/** What a client does. A call whose name ends in `Stream` asks for a stream and reads it to its end. */
export type Call =
  | "models"
  | "model"
  | "completion"
  | "completionStream"
  | "chat"
  | "chatStream"
  | "embeddings"
  /** Asks for a stream of a completion and leaves after its first chunk. */
  | "leave";

/** One thing a client does, the same in every client. */
export interface Scenario {
  readonly call: Call;
  /** The call's arguments of OpenAI's API beside `model`. */
  readonly request: JsonObject;
  /** Arguments that OpenAI's API does not have, or values it does not allow; vLLM has `ignore_eos`, for instance. */
  readonly extra?: JsonObject;
  /** Another model than the served one. */
  readonly model?: string;
  /** `x-request-id` of the request. */
  readonly requestId?: string;
}

/** Tokens that every complete answer has. */
export const ANSWER_TOKENS = 32;
/** Strings that stop an answer; a text of some dozens of tokens has one of them. */
export const STOPS = ["e", "a", "o", "i"];
/** Name of a model that no engine has. */
export const UNKNOWN_MODEL = "no-such-model";
/** Request id that one scenario sends. */
export const REQUEST_ID = "contract-request-1";

const prompt = "The river runs past the garden, and";
const messages = [{ role: "user", content: "What runs past the garden?" }];
const exactly = { ignore_eos: true };
const fixed = { max_tokens: ANSWER_TOKENS, temperature: 0, seed: 7 };
// Two choices of temperature 0 would be alike, which vLLM refuses to compute.
const drawn = { max_tokens: ANSWER_TOKENS, temperature: 1, seed: 7 };
const stopping = { max_tokens: 64, temperature: 0, seed: 7, stop: STOPS };
const withUsage = { stream_options: { include_usage: true } };
const repeated: Scenario = { call: "completion", request: { prompt, ...drawn }, extra: exactly };

/** What every client does with every engine, by name. */
export const SCENARIOS = {
  models: { call: "models", request: {} },
  model: { call: "model", request: {} },
  completion: { call: "completion", request: { prompt, ...fixed }, extra: exactly, requestId: REQUEST_ID },
  completionStream: { call: "completionStream", request: { prompt, ...fixed }, extra: exactly },
  completionStreamUsage: { call: "completionStream", request: { prompt, ...fixed, ...withUsage }, extra: exactly },
  completionTwo: { call: "completion", request: { prompt, ...drawn, n: 2 }, extra: exactly },
  completionTwoStream: { call: "completionStream", request: { prompt, ...drawn, ...withUsage, n: 2 }, extra: exactly },
  completionPrompts: { call: "completion", request: { prompt: [prompt, "In winter"], ...fixed }, extra: exactly },
  completionStop: { call: "completion", request: { prompt, ...stopping }, extra: exactly },
  completionStopStream: { call: "completionStream", request: { prompt, ...stopping }, extra: exactly },
  repeated1: repeated,
  repeated2: repeated,
  repeated3: repeated,
  chat: { call: "chat", request: { messages, ...fixed }, extra: exactly },
  chatStream: { call: "chatStream", request: { messages, ...fixed }, extra: exactly },
  chatStreamUsage: { call: "chatStream", request: { messages, ...fixed, ...withUsage }, extra: exactly },
  chatTwo: { call: "chat", request: { messages, ...drawn, n: 2 }, extra: exactly },
  chatStop: { call: "chat", request: { messages, ...stopping }, extra: exactly },
  embeddings: { call: "embeddings", request: { input: "river" } },
  embeddingsTwo: { call: "embeddings", request: { input: ["river", "garden"] } },
  unknownModel: { call: "completion", request: { prompt }, model: UNKNOWN_MODEL },
  unknownModelStream: { call: "completionStream", request: { prompt }, model: UNKNOWN_MODEL },
  unknownModelChat: { call: "chat", request: { messages }, model: UNKNOWN_MODEL },
  wrongTypeOfTokens: { call: "completion", request: { prompt }, extra: { max_tokens: "many" } },
  wrongTypeOfTemperature: { call: "completion", request: { prompt, max_tokens: 1 }, extra: { temperature: "hot" } },
  wrongTypeOfMessages: { call: "chat", request: {}, extra: { messages: "hello" } },
  wrongTypeInStream: { call: "completionStream", request: { prompt, max_tokens: 1 }, extra: { temperature: "hot" } },
  noTokens: { call: "completion", request: { prompt, max_tokens: 0 } },
  coldTemperature: { call: "completion", request: { prompt, max_tokens: 1, temperature: -1 } },
  twoGreedyChoices: { call: "completion", request: { prompt, max_tokens: 1, temperature: 0, n: 2 } },
  usageWithoutStream: { call: "completion", request: { prompt, max_tokens: 1 }, extra: withUsage },
} as const satisfies Readonly<Record<string, Scenario>>;

/** Name of one of {@link SCENARIOS}. */
export type ScenarioName = keyof typeof SCENARIOS;
