import { unacceptable } from "../engine-error.ts";
import { isJsonObject, type JsonObject } from "../../../json.ts";
import { own, readFields, type Fields } from "./fields.ts";
import { checkLogProbabilities, checkStreamOptions, readCommon, type GenerationRequest } from "./generation-request.ts";
import { wholeNumber, type Convert } from "./values.ts";

/** A message, cut down to its text. */
interface Message {
  readonly role: string;
  readonly content: string;
}

/**
 * Reads a body of `POST /v1/chat/completions`. Fields that are not read are accepted and have no effect: no tool is ever
 * called, and no format is kept. Throws a 400 for a wrong type, and for what vLLM refuses before it looks at the model.
 */
export function parseChatRequest(body: unknown): GenerationRequest {
  const { fields, object } = readFields(body);
  checkStreamOptions(object);
  checkLogProbabilities(object, ["prompt_logprobs", "top_logprobs"]);
  const common = readCommon(fields, fields.readOptional("n", wholeNumber, 1));
  const newLimit = fields.readOptional("max_completion_tokens", wholeNumber, null);
  const oldLimit = fields.readOptional("max_tokens", wholeNumber, null);
  const messages = readMessages(fields);
  fields.check();
  return {
    ...common,
    prompts: [render(messages)],
    question: (messages.findLast(({ role }) => role === "user") ?? messages.at(-1))?.content ?? "",
    maxTokens: newLimit ?? oldLimit,
    maxTokensParam: newLimit === null ? "max_tokens" : "max_completion_tokens",
    echo: false,
  };
}

/** Reads `messages` and makes one prompt of them, for routes that take messages beside their own fields. */
export const readChatPrompt = (fields: Fields): string => render(readMessages(fields));

/** The chat template: what a model would be given. */
const render = (messages: readonly Message[]): string =>
  [...messages.map(({ role, content }) => `${role}: ${content}\n`), "assistant:"].join("");

function readMessages(fields: Fields): readonly Message[] {
  return fields.require("messages", list, []).map((message, place) => {
    const loc = `body.messages.${place}`;
    if (isJsonObject(message)) return readMessage(message, loc, fields);
    fields.complain({ type: "dict_type", loc, msg: "Input should be a valid dictionary", input: message });
    return { role: "", content: "" };
  });
}

const list: Convert<readonly unknown[]> = (value) =>
  Array.isArray(value) ? { value } : { misfit: { type: "list_type", msg: "Input should be a valid list" } };

function readMessage(message: JsonObject, loc: string, fields: Fields): Message {
  const role = readRole(message, loc, fields);
  const content = own(message, "content") ?? "";
  if (typeof content === "string") return { role, content };
  const parts = Array.isArray(content) ? content.map(readPart) : [null];
  if (parts.includes(null)) fields.complain({ ...noText, loc: `${loc}.content`, input: content });
  return { role, content: parts.join("\n") };
}

function readRole(message: JsonObject, loc: string, fields: Fields): string {
  const role = own(message, "role");
  if (typeof role === "string") return role;
  if (role !== undefined) fields.complain({ ...noText, loc: `${loc}.role`, input: role });
  else fields.complain({ type: "missing", loc: `${loc}.role`, msg: "Field required", input: message });
  return "";
}

const noText = { type: "string_type", msg: "Input should be a valid string" };

/** The text of a part of a message; null when it is none. Throws a 400 for an image and the like. */
function readPart(part: unknown): string | null {
  if (typeof part === "string") return part;
  if (!isJsonObject(part)) return null;
  const type = own(part, "type");
  const medium = typeof type === "string" ? MEDIA.get(type) : undefined;
  if (medium !== undefined) throw unacceptable(`At most 0 ${medium}(s) may be provided in one prompt.`, medium);
  const content = own(part, "text");
  return typeof content === "string" ? content : null;
}

const MEDIA: ReadonlyMap<string, string> = new Map([
  ["image_url", "image"],
  ["input_audio", "audio"],
  ["audio_url", "audio"],
  ["video_url", "video"],
]);
