import { REQUEST_ID, SCENARIOS } from "../clients/scenarios.ts";
import { VERSION } from "../service.ts";
import { array, keys, member, members, object } from "../json.ts";
import type { Claim } from "./claim.ts";

/** The list of models, and what every answer has. */
export const MODEL_CLAIMS = {
  "the list of models has the served one, with vLLM's fields": {
    expected: {
      object: "list",
      fields: ["created", "id", "max_model_len", "object", "owned_by", "parent", "permission", "root"],
      owner: "vllm",
    },
    read: ({ models: { answer } }) => {
      const [served] = members(answer, "data");
      return { object: object(answer)["object"] ?? null, fields: keys(served), owner: served?.["owned_by"] ?? null };
    },
  },
  "every answer, errors too, says which version of the release it is from": {
    expected: [VERSION],
    read: (seen) => [...new Set(Object.values(seen).map(({ headers }) => headers["x-model-version"]))],
  },
  "every answer, errors too, has a request id, and no two the same": {
    expected: { ids: Object.keys(SCENARIOS).length, empty: false },
    read: (seen) => {
      const ids = new Set(Object.values(seen).map(({ headers }) => headers["x-request-id"]));
      return { ids: ids.size, empty: ids.has("") };
    },
  },
  "the client's own request id comes back": {
    expected: REQUEST_ID,
    read: ({ completion }) => completion.headers["x-request-id"],
  },
} as const satisfies Readonly<Record<string, Claim>>;

/** Embeddings; a vLLM that generates text has none. */
export const EMBEDDING_CLAIMS = {
  "an embedding's answer has vLLM's fields, and no `text`": {
    expected: ["created", "data", "id", "model", "object", "usage"],
    read: ({ embeddings }) => keys(embeddings.answer),
  },
  "an embedding is a vector of numbers": {
    expected: { object: "embedding", index: 0, isVector: true },
    read: ({ embeddings }) => {
      const { object: kind = null, index = null, embedding } = members(embeddings.answer, "data")[0] ?? {};
      const numbers = array(embedding);
      const isVector = numbers.length > 1 && numbers.every((number) => typeof number === "number");
      return { object: kind, index, isVector };
    },
  },
  "two texts have two embeddings, and the same text the same one": {
    expected: { indices: [0, 1], same: true, different: true },
    read: ({ embeddings, embeddingsTwo }) => {
      const [alone] = members(embeddings.answer, "data").map(({ embedding }) => JSON.stringify(embedding));
      const both = members(embeddingsTwo.answer, "data");
      const [first, second] = both.map(({ embedding }) => JSON.stringify(embedding));
      return { indices: both.map(({ index = null }) => index), same: first === alone, different: first !== second };
    },
  },
  "an embedding's usage counts the prompt alone": {
    expected: { prompt: true, adds_up: true },
    read: ({ embeddings }) => {
      const { prompt_tokens: prompt, total_tokens: total } = member(embeddings.answer, "usage");
      return { prompt: Number(prompt) > 0, adds_up: prompt === total };
    },
  },
} as const satisfies Readonly<Record<string, Claim>>;
