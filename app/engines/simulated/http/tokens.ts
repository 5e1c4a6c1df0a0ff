import type { EngineContext } from "../context.ts";
import { parseDetokenizeRequest, parseTokenizeRequest } from "../requests/token-request.ts";
import { splitTokens } from "../text/tokens.ts";
import { checkTokenIds } from "../text/vocabulary.ts";
import { readJson, sendJson, type Call } from "./call.ts";

/** `POST /tokenize` */
export async function tokenize(call: Call, { adapters, vocabulary, settings }: EngineContext): Promise<void> {
  const { model, prompt, returnTexts } = parseTokenizeRequest(await readJson(call));
  adapters.resolve(model);
  const tokens = vocabulary.ids(prompt);
  sendJson(call, 200, {
    count: tokens.length,
    max_model_len: settings.maxModelLength,
    tokens,
    token_strs: returnTexts ? splitTokens(prompt) : null,
  });
}

/** `POST /detokenize` */
export async function detokenize(call: Call, { adapters, vocabulary }: EngineContext): Promise<void> {
  const { model, tokens } = parseDetokenizeRequest(await readJson(call));
  adapters.resolve(model);
  checkTokenIds(tokens);
  sendJson(call, 200, { prompt: vocabulary.text(tokens) });
}
