import { readFields } from "./fields.ts";
import { flag, text } from "./values.ts";

/** A request to load an adapter whose types are right. */
export interface LoadRequest {
  readonly name: string;
  readonly path: string;
  /** Whether an adapter of that name may be replaced. */
  readonly inPlace: boolean;
}

/** Reads a body of `POST /v1/load_lora_adapter`; throws a 400 for a wrong type. */
export function parseLoadRequest(body: unknown): LoadRequest {
  const { fields } = readFields(body);
  const request: LoadRequest = {
    name: fields.require("lora_name", text, ""),
    path: fields.require("lora_path", text, ""),
    inPlace: fields.read("load_inplace", flag, false),
  };
  fields.check();
  return request;
}

/** Reads a body of `POST /v1/unload_lora_adapter`: the adapter's name. Throws a 400 for a wrong type. */
export function parseUnloadRequest(body: unknown): string {
  const { fields } = readFields(body);
  const name = fields.require("lora_name", text, "");
  fields.check();
  return name;
}
