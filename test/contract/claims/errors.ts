import type { ClientError, Observation } from "../clients/observation.ts";
import type { Json } from "../json.ts";
import type { Claim } from "./claim.ts";

const errorOf = ({ error }: Observation): Json => error ?? null;

const notFound = (type: string, param: string | null): ClientError => {
  return { class: "NotFoundError", status: 404, type, param, code: 404 };
};
// What has the wrong type is refused by the web framework, what has a wrong value by vLLM: the types say which.
const wrongType = (param: string): ClientError => {
  return { class: "BadRequestError", status: 400, type: "Bad Request", param, code: 400 };
};
const wrongValue = (param: string | null): ClientError => {
  return { class: "BadRequestError", status: 400, type: "BadRequestError", param, code: 400 };
};

/** Requests that are refused: the client's class of error and vLLM's envelope. */
export const ERROR_CLAIMS = {
  "an unknown model is not found": {
    expected: notFound("NotFoundError", "model"),
    read: ({ unknownModel }) => errorOf(unknownModel),
  },
  "a stream of an unknown model is refused before it begins": {
    expected: notFound("NotFoundError", "model"),
    read: ({ unknownModelStream }) => errorOf(unknownModelStream),
  },
  "a chat with an unknown model is not found": {
    expected: notFound("NotFoundError", "model"),
    read: ({ unknownModelChat }) => errorOf(unknownModelChat),
  },
  "max_tokens that is no number is a bad request": {
    expected: wrongType("body.max_tokens"),
    read: ({ wrongTypeOfTokens }) => errorOf(wrongTypeOfTokens),
  },
  "a temperature that is no number is a bad request": {
    expected: wrongType("body.temperature"),
    read: ({ wrongTypeOfTemperature }) => errorOf(wrongTypeOfTemperature),
  },
  "a stream with a temperature that is no number is refused before it begins": {
    expected: wrongType("body.temperature"),
    read: ({ wrongTypeInStream }) => errorOf(wrongTypeInStream),
  },
  "messages that are no list are a bad request": {
    expected: wrongType("body.messages"),
    read: ({ wrongTypeOfMessages }) => errorOf(wrongTypeOfMessages),
  },
  "max_tokens of 0 is a bad request": {
    expected: wrongValue("max_tokens"),
    read: ({ noTokens }) => errorOf(noTokens),
  },
  "a temperature below 0 is a bad request": {
    expected: wrongValue("temperature"),
    read: ({ coldTemperature }) => errorOf(coldTemperature),
  },
  "two choices of temperature 0 are a bad request": {
    expected: wrongValue(null),
    read: ({ twoGreedyChoices }) => errorOf(twoGreedyChoices),
  },
  "stream_options without a stream are a bad request": {
    expected: wrongValue("stream_options"),
    read: ({ usageWithoutStream }) => errorOf(usageWithoutStream),
  },
  "a model cannot be retrieved, only listed": {
    expected: notFound("Not Found", null),
    read: ({ model }) => errorOf(model),
  },
} as const satisfies Readonly<Record<string, Claim>>;
