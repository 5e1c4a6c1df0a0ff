import { readFields } from "./fields.ts";
import { readPrompts, type Prompt } from "./prompts.ts";
import { oneOf, text, wholeNumber } from "./values.ts";

/** A request for vectors whose types are right. */
export interface EmbeddingRequest {
  /** The served model or an adapter; null or empty for the served model. */
  readonly model: string | null;
  /** `request_id` of the body; null when it has none. */
  readonly requestId: string | null;
  readonly prompts: readonly Prompt[];
  /** How vectors are written: as numbers, or as base64 of 32-bit floats, least significant byte first. */
  readonly encoding: "float" | "base64";
  /** Length of vector that is asked for; null for the model's own. */
  readonly dimensions: number | null;
}

/** Reads a body of `POST /v1/embeddings`; throws a 400 for a wrong type. */
export function parseEmbeddingRequest(body: unknown): EmbeddingRequest {
  const { fields, object } = readFields(body);
  const request: EmbeddingRequest = {
    model: fields.readOptional("model", text, null),
    requestId: fields.read("request_id", text, null),
    prompts: readPrompts(object, "input", fields),
    encoding: fields.read("encoding_format", oneOf("float", "base64"), "float"),
    dimensions: fields.readOptional("dimensions", wholeNumber, null),
  };
  fields.check();
  return request;
}
