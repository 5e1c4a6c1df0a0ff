import type { Json, JsonObject } from "../json.ts";
import type { Scenario, ScenarioName } from "./scenarios.ts";

/** What a client was given. Either `answer`, `chunks` or `error` is there. */
export interface Observation {
  /** Headers of the answer that are ours: `x-model-version`, `x-request-id`; empty where one is missing. */
  readonly headers: Readonly<Record<"x-model-version" | "x-request-id", string>>;
  /** The whole answer, as the client hands it out. */
  readonly answer?: JsonObject;
  /** The chunks of a stream, as the client hands them out. */
  readonly chunks?: readonly JsonObject[];
  /** The error the client raised. */
  readonly error?: ClientError;
}

/** An error as both official clients have it. */
export interface ClientError extends JsonObject {
  /** Name of the client's class. */
  readonly class: string;
  /** HTTP status. */
  readonly status: number;
  /** The rest is the envelope's; null where it has none. */
  readonly type: Json;
  readonly param: Json;
  readonly code: Json;
}

/** What a client was given in every scenario. */
export type Observations = Readonly<Record<ScenarioName, Observation>>;

/** An official client of OpenAI's API. */
export interface Client {
  readonly name: "node" | "python";
  /**
   * Does the scenarios, one after the other.
   *
   * @param origin of the service
   * @param model that is meant where a scenario names none
   * @throws Error when the client fails in a way that is no answer of the service
   */
  run<Name extends string>(
    origin: string,
    model: string,
    scenarios: Readonly<Record<Name, Scenario>>,
  ): Promise<Readonly<Record<Name, Observation>>>;
}
