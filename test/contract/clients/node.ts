import OpenAI, { APIError } from "openai";
import type { JsonObject } from "../json.ts";
import type { Client, ClientError, Observation } from "./observation.ts";
import type { Scenario } from "./scenarios.ts";

/** The official client for Node, in this process. */
export const node: Client = {
  name: "node",
  async run<Name extends string>(origin: string, model: string, scenarios: Readonly<Record<Name, Scenario>>) {
    const client = new OpenAI({ baseURL: `${origin}/v1`, apiKey: "unused", maxRetries: 0, timeout: 20_000 });
    const observations = new Map<string, Observation>();
    for (const [name, scenario] of Object.entries<Scenario>(scenarios)) {
      observations.set(name, await observe(client, model, scenario));
    }
    return Object.fromEntries(observations) as Readonly<Record<Name, Observation>>;
  },
};

async function observe(client: OpenAI, model: string, scenario: Scenario): Promise<Observation> {
  try {
    return await call(client, model, scenario);
  } catch (error) {
    const answered = answeredError(error);
    if (answered === undefined) throw error;
    return { headers: headersOf(answered.headers), error: errorOf(answered) };
  }
}

function call(client: OpenAI, served: string, scenario: Scenario): Promise<Observation> {
  const { model = served, extra, requestId } = scenario;
  const headers = requestId === undefined ? {} : { "x-request-id": requestId };
  const body = { model, ...scenario.request, ...extra };
  switch (scenario.call) {
    case "models":
      return list(client.models.list({ headers }).withResponse());
    case "model":
      return whole(client.models.retrieve(served, { headers }).withResponse());
    case "embeddings":
      return whole(
        client.embeddings.create(body as unknown as OpenAI.EmbeddingCreateParams, { headers }).withResponse(),
      );
    case "completion":
      return whole(client.completions.create(completion(body), { headers }).withResponse());
    case "chat":
      return whole(client.chat.completions.create(chat(body), { headers }).withResponse());
    case "completionStream":
      return all(client.completions.create({ ...completion(body), stream: true }, { headers }).withResponse());
    case "chatStream":
      return all(client.chat.completions.create({ ...chat(body), stream: true }, { headers }).withResponse());
    case "leave":
      return first(client.completions.create({ ...completion(body), stream: true }, { headers }).withResponse());
  }
}

// Some scenarios send what the types do not allow.
const completion = (body: JsonObject) => body as unknown as OpenAI.CompletionCreateParamsNonStreaming;
const chat = (body: JsonObject) => body as unknown as OpenAI.ChatCompletionCreateParamsNonStreaming;

interface Answered<T> {
  readonly data: T;
  readonly response: Response;
}

/** A page of a list carries the client itself beside what the service sent. */
async function list(answered: Promise<Answered<OpenAI.ModelsPage>>): Promise<Observation> {
  const { data: page, response } = await answered;
  return { headers: headersOf(response.headers), answer: plain({ object: page.object, data: page.data }) };
}

async function whole(answered: Promise<Answered<object>>): Promise<Observation> {
  const { data, response } = await answered;
  return { headers: headersOf(response.headers), answer: plain(data) };
}

async function all(answered: Promise<Answered<AsyncIterable<object>>>): Promise<Observation> {
  const { data, response } = await answered;
  const chunks: JsonObject[] = [];
  for await (const chunk of data) chunks.push(plain(chunk));
  return { headers: headersOf(response.headers), chunks };
}

async function first(answered: Promise<Answered<AsyncIterable<object>>>): Promise<Observation> {
  const { data, response } = await answered;
  const chunks: JsonObject[] = [];
  for await (const chunk of data) {
    chunks.push(plain(chunk));
    // Leaving the loop closes the connection.
    break;
  }
  return { headers: headersOf(response.headers), chunks };
}

const plain = (value: object): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject;

const headersOf = (headers: Headers | undefined): Observation["headers"] => ({
  "x-model-version": headers?.get("x-model-version") ?? "",
  "x-request-id": headers?.get("x-request-id") ?? "",
});

/** The error as one that the service answered with; undefined for any other, such as a broken connection. */
const answeredError = (error: unknown): APIError | undefined =>
  error instanceof APIError && error.status !== undefined ? (error as APIError) : undefined;

function errorOf(error: APIError): ClientError {
  const { type, param, code } = plain(error.error ?? {});
  const fields = { type: type ?? null, param: param ?? null, code: code ?? null };
  return { class: error.constructor.name, status: error.status ?? 0, ...fields };
}
