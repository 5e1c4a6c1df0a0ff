import type { EngineContext } from "../context.ts";
import { parseLoadRequest, parseUnloadRequest } from "../requests/lora-request.ts";
import { randomId, readJson, sendJson, sendText, type Call } from "./call.ts";

/** `GET /v1/models`: the served model, then the adapters. */
export function showModels(call: Call, { settings, adapters }: EngineContext): void {
  const { model, maxModelLength } = settings;
  const data = [
    card({ id: model, root: model, parent: null, max_model_len: maxModelLength }),
    ...[...adapters.loaded].map(([id, root]) => card({ id, root, parent: model, max_model_len: null })),
  ];
  sendJson(call, 200, { object: "list", data });
}

/** `POST /v1/load_lora_adapter` */
export async function loadAdapter(call: Call, { adapters }: EngineContext): Promise<void> {
  sendText(call, 200, adapters.load(parseLoadRequest(await readJson(call))));
}

/** `POST /v1/unload_lora_adapter` */
export async function unloadAdapter(call: Call, { adapters }: EngineContext): Promise<void> {
  sendText(call, 200, adapters.unload(parseUnloadRequest(await readJson(call))));
}

interface Model {
  readonly id: string;
  readonly root: string;
  readonly parent: string | null;
  readonly max_model_len: number | null;
}

function card({ id, ...model }: Model) {
  const created = Math.floor(Date.now() / 1000);
  const permission = {
    id: `modelperm-${randomId()}`,
    object: "model_permission",
    created,
    allow_create_engine: false,
    allow_sampling: true,
    allow_logprobs: true,
    allow_search_indices: false,
    allow_view: true,
    allow_fine_tuning: false,
    organization: "*",
    group: null,
    is_blocking: false,
  };
  return { id, object: "model", created, owned_by: "vllm", ...model, permission: [permission] };
}
