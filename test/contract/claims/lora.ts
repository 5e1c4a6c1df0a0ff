import { members, object, text, type Json, type JsonObject } from "../json.ts";
import { jsonOf, send, type RawAnswer } from "../raw-request.ts";
import { SIMULATED_MODEL } from "../engines/engine.ts";

/** Where the steps send their requests. */
export interface LoraTargets {
  /** The engine itself: clients cannot load adapters. */
  readonly engine: string;
  /** The service before it. */
  readonly service: string;
}

/** One step of an adapter's life; the steps are taken in order. */
export interface LoraStep {
  /** What vLLM 0.33 gives that was started with adapters. */
  readonly expected: Json;
  readonly take: (targets: LoraTargets) => Promise<Json>;
}

const ADAPTER = "contract-adapter";
const PATH = "/adapters/contract";

/** Status, and the error's envelope without its words or else the text. */
function told(answer: RawAnswer): Json {
  const words = answer.bytes.toString();
  if (!words.startsWith("{")) return { status: answer.status, text: words };
  const { type = null, param = null, code = null } = object(object(jsonOf(answer) as JsonObject)["error"]);
  return { status: answer.status, type, param, code };
}

const load = (lora: object) => async (targets: LoraTargets) =>
  told(await send(targets.engine, { path: "/v1/load_lora_adapter", body: lora }));
const unload = (name: string) => async (targets: LoraTargets) =>
  told(await send(targets.engine, { path: "/v1/unload_lora_adapter", body: { lora_name: name } }));
const complete = ({ service }: LoraTargets) =>
  send(service, { path: "/v1/completions", body: { model: ADAPTER, prompt: "The river", max_tokens: 1 } });

const invalid = { status: 400, type: "InvalidUserInput", param: null, code: 400 };
const notFound = { status: 404, type: "NotFoundError", param: null, code: 404 };

/** An adapter's life, in order. */
export const LORA_STEPS = {
  "an adapter is loaded at run time": {
    expected: { status: 200, text: `Success: LoRA adapter '${ADAPTER}' added successfully.` },
    take: load({ lora_name: ADAPTER, lora_path: PATH }),
  },
  "an adapter is not loaded twice": {
    expected: invalid,
    take: load({ lora_name: ADAPTER, lora_path: PATH }),
  },
  "an adapter may be loaded again in its place": {
    expected: { status: 200, text: `Success: LoRA adapter '${ADAPTER}' added successfully.` },
    take: load({ lora_name: ADAPTER, lora_path: PATH, load_inplace: true }),
  },
  "an adapter needs a path": {
    expected: { status: 400, type: "Bad Request", param: "body.lora_path", code: 400 },
    take: load({ lora_name: "pathless" }),
  },
  "an adapter cannot have the model's name": {
    expected: invalid,
    take: load({ lora_name: SIMULATED_MODEL, lora_path: PATH }),
  },
  "an adapter is listed, with its model and path": {
    expected: [{ id: ADAPTER, parent: SIMULATED_MODEL, root: PATH }],
    take: async ({ service }) => {
      const list = jsonOf(await send(service, { path: "/v1/models" })) as JsonObject;
      const adapters = members(list, "data").filter(({ id }) => id !== SIMULATED_MODEL);
      const shown = adapters.map(({ id = null, parent = null, root = null }) => ({ id, parent, root }));
      return shown.sort((one, other) => text(one.id).localeCompare(text(other.id)));
    },
  },
  "an adapter answers, under its own name": {
    expected: { status: 200, model: ADAPTER },
    take: async (targets) => {
      const answer = await complete(targets);
      return { status: answer.status, model: object(jsonOf(answer) as JsonObject)["model"] ?? null };
    },
  },
  "an unknown adapter cannot be unloaded": { expected: notFound, take: unload("unknown") },
  "an adapter is unloaded": {
    expected: { status: 200, text: `Success: LoRA adapter '${ADAPTER}' removed successfully.` },
    take: unload(ADAPTER),
  },
  "an unloaded adapter is no model any more": {
    expected: { ...notFound, param: "model" },
    take: async (targets) => told(await complete(targets)),
  },
} as const satisfies Readonly<Record<string, LoraStep>>;
