import { onTestFinished } from "vitest";
import { DEFAULT_SIMULATED_ENGINE, type SimulatedEngineSettings } from "../../../../app/engines/simulated/settings.ts";
import { startSimulatedEngine } from "../../../../app/engines/simulated/simulated-engine.ts";

/** Settings of an engine under test: version v1, model `m`, no waiting. */
export const testSettings: SimulatedEngineSettings = {
  ...DEFAULT_SIMULATED_ENGINE,
  version: "v1",
  model: "m",
  timeToFirstTokenMs: 0,
  interTokenLatencyMs: 0,
};

/** Starts an engine that stops with the test, and returns what talks to it. */
export async function start(changes: Partial<SimulatedEngineSettings> = {}) {
  const engine = await startSimulatedEngine({ ...testSettings, ...changes });
  onTestFinished(() => engine.stop());
  const { origin } = engine;
  const post = (path: string, body: unknown, init: RequestInit = {}): Promise<Response> =>
    fetch(origin + path, {
      method: "POST",
      body: typeof body === "string" ? body : JSON.stringify(body),
      ...init,
      headers: { "content-type": "application/json", ...(init.headers as Record<string, string> | undefined) },
    });
  const scrape = async (): Promise<ReadonlyMap<string, number>> =>
    series(await (await fetch(`${origin}/metrics`)).text());
  return {
    engine,
    origin,
    post,
    complete: (body: object, init: RequestInit = {}) => post("/v1/completions", body, init),
    /** The text of the first choice. */
    text: async (body: object): Promise<string> => {
      const answer = await (await post("/v1/completions", body)).json();
      return (answer as Completion).choices[0]?.text ?? "";
    },
    /** All series by name and labels, as they are written in the exposition. */
    scrape,
    /** Waits until the metrics are as they should be. */
    until: async (accept: (metrics: ReadonlyMap<string, number>) => boolean): Promise<void> => {
      while (!accept(await scrape()));
    },
  };
}

/** What answers of `/v1/completions` have that tests read. */
export interface Completion {
  readonly id: string;
  readonly choices: readonly {
    readonly index: number;
    readonly text: string;
    readonly finish_reason: string | null;
    readonly stop_reason: string | null;
  }[];
  readonly system_fingerprint?: string;
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number; readonly total_tokens: number };
}

/** Reads an answer of `/v1/completions` that is no stream. */
export const readCompletion = async (response: Response): Promise<Completion> => (await response.json()) as Completion;

/** The data of all server-sent events of a body. */
export const dataOf = (body: string): readonly string[] =>
  body.split("\n\n").flatMap((event) => (event === "" ? [] : [event.replace(/^data: /, "")]));

/** The chunks of a stream of `/v1/completions`; `[DONE]` must come last. */
export async function readChunks(response: Response): Promise<readonly Completion[]> {
  const data = dataOf(await response.text());
  if (data.at(-1) !== "[DONE]") throw new Error(`A stream without end: ${data.join("\n")}`);
  return data.slice(0, -1).map((json) => JSON.parse(json) as Completion);
}

/** The text of one choice of a stream. */
export const textOf = (chunks: readonly Completion[], index = 0): string =>
  chunks.flatMap(({ choices }) => choices.filter((choice) => choice.index === index).map(({ text }) => text)).join("");

/** An exposition's series by name and labels. */
export function series(exposition: string): ReadonlyMap<string, number> {
  const lines = exposition.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]));
}

/** The name of a series with the labels that all series of the engine have, and more. */
export const seriesName = (name: string, more = ""): string => `vllm:${name}{model_name="m",engine="0"${more}}`;
