import { EngineError, unacceptable } from "../engine-error.ts";
import type { JsonObject } from "../../../json.ts";
import { own, readFields } from "./fields.ts";
import { checkLogProbabilities, checkStreamOptions, readCommon, type GenerationRequest } from "./generation-request.ts";
import { readPrompts } from "./prompts.ts";
import { flag, wholeNumber } from "./values.ts";

const DEFAULT_MAX_TOKENS = 16;
const MOST_PROMPTS = 1024;

/**
 * Reads a body of `POST /v1/completions`. Fields that are not read are accepted and have no effect. Throws a 400 for a
 * wrong type, and for what vLLM refuses before it looks at the model.
 */
export function parseCompletionRequest(body: unknown): GenerationRequest {
  const { fields, object } = readFields(body);
  checkLogProbabilities(object, ["prompt_logprobs", "logprobs"]);
  checkStreamOptions(object);
  checkPrompt(object);
  const request: GenerationRequest = {
    ...readCommon(fields, fields.read("n", wholeNumber, 1)),
    prompts: readPrompts(object, "prompt", fields),
    question: null,
    maxTokens: fields.readOptional("max_tokens", wholeNumber, DEFAULT_MAX_TOKENS),
    maxTokensParam: "max_tokens",
    echo: fields.readOptional("echo", flag, false),
  };
  fields.check();
  if ((own(object, "suffix") ?? null) !== null) throw noSuffix();
  return request;
}

function checkPrompt(object: JsonObject): void {
  const prompt = own(object, "prompt") ?? "";
  if (prompt === "") throw unacceptable("Either prompt or prompt_embeds must be provided and non-empty.", "prompt");
  if (Array.isArray(prompt) && prompt.length > MOST_PROMPTS && typeof prompt[0] !== "number") {
    const limit = `prompt list length ${prompt.length} exceeds the maximum allowed count of ${MOST_PROMPTS}.`;
    const hint = "To increase this limit, set the VLLM_MAX_COMPLETION_PROMPTS environment variable.";
    throw unacceptable(`${limit} ${hint}`, "prompt");
  }
}

const noSuffix = (): EngineError =>
  new EngineError(
    400,
    "BadRequestError",
    "suffix is only supported for models with FIM completion rendering",
    "suffix",
  );
