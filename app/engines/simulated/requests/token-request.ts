import { readChatPrompt } from "./chat-request.ts";
import { own, readFields } from "./fields.ts";
import { isTokenIds } from "./prompts.ts";
import { flag, text, type Convert } from "./values.ts";

/** A request for a text's tokens whose types are right. */
export interface TokenizeRequest {
  readonly model: string | null;
  readonly prompt: string;
  /** Whether the answer has the tokens' texts too. */
  readonly returnTexts: boolean;
}

/** Reads a body of `POST /tokenize`, with a prompt or with messages; throws a 400 for a wrong type. */
export function parseTokenizeRequest(body: unknown): TokenizeRequest {
  const { fields, object } = readFields(body);
  const isChat = own(object, "prompt") === undefined && own(object, "messages") !== undefined;
  const request: TokenizeRequest = {
    model: fields.readOptional("model", text, null),
    prompt: isChat ? readChatPrompt(fields) : fields.require("prompt", text, ""),
    returnTexts: fields.readOptional("return_token_strs", flag, false),
  };
  fields.check();
  return request;
}

/** A request for the text of tokens whose types are right. */
export interface DetokenizeRequest {
  readonly model: string | null;
  readonly tokens: readonly number[];
}

/** Reads a body of `POST /detokenize`; throws a 400 for a wrong type. */
export function parseDetokenizeRequest(body: unknown): DetokenizeRequest {
  const { fields } = readFields(body);
  const request: DetokenizeRequest = {
    model: fields.readOptional("model", text, null),
    tokens: fields.require("tokens", tokenIds, []),
  };
  fields.check();
  return request;
}

const tokenIds: Convert<readonly number[]> = (value) => {
  if (!Array.isArray(value)) return { misfit: { type: "list_type", msg: "Input should be a valid list" } };
  if (isTokenIds(value)) return { value };
  return { misfit: { type: "int_type", msg: "Input should be a valid integer" } };
};
