import { inject } from "vitest";
import type { ContractEngine } from "./engine.ts";

/**
 * A real vLLM that somebody runs where `VLLM_URL` says: with a model that can chat, a context of 1024 tokens or more,
 * without an API key, and with nobody else who uses it.
 */
export const vllm: ContractEngine = {
  name: "vllm",
  isSimulator: false,
  async start() {
    const origin = inject("vllmUrl");
    const response = await fetch(`${origin}/v1/models`);
    const list = (await response.json()) as { readonly data: readonly { readonly id: string }[] };
    const [served] = list.data;
    if (served === undefined) throw new Error(`${origin} serves no model`);
    return { name: "vllm", origin, model: served.id, stop: () => Promise.resolve() };
  },
};
