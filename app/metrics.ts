import { collectDefaultMetrics, Registry, type OpenMetricsContentType } from "prom-client";
import { MAX_MODEL_LENGTH, MAX_MODELS, STATUSES, type FailureKind } from "./metric-catalogue.ts";
import { createInstruments, type Instruments } from "./metric-instruments.ts";
import { openMetricsText } from "./open-metrics.ts";
import type { Outcome } from "./request-log/record.ts";
import { isGeneration, type Route } from "./routes.ts";

/** What is running: the labels of the whole registry and of the build info metric. */
export interface Identity {
  /** Release version, the `version` label. */
  readonly version: string;
  /** Served base model, the `model` label of all that is not about one request. */
  readonly model: string;
  /** Name of the engine. */
  readonly engine: string;
  /** Source revision of the image. */
  readonly revision: string;
}

/** How a request ended. */
export interface RequestResult {
  /** HTTP status sent; of no account when the client left. */
  readonly status: number;
  /** From arrival to the end of the answer, in seconds. */
  readonly seconds: number;
  /** Whole numbers; null where they are not known. */
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  readonly outcome: Outcome;
  /** Trace to show as exemplar; null for none. */
  readonly traceId: string | null;
}

/**
 * Measures one request, which is in flight from the moment this exists. The steps may be left out, and whatever comes
 * after `ended` has no effect on the gauges.
 */
export interface RequestMetrics {
  /**
   * Which model it asks for, the base model until this is called: the base model, an adapter that exists, or `other`.
   * Only generations are told apart by model.
   */
  setModel(name: string): void;
  handedToEngine(): void;
  /** The first byte of the engine's answer has come. */
  firstByte(): void;
  /** First chunk with content of a stream, that many seconds after arrival. */
  firstToken(seconds: number, traceId: string | null): void;
  /** A further chunk of one choice, with that many tokens in it, that many seconds after the one before. */
  token(seconds: number, tokens?: number): void;
  /** The answer's last byte is handed over, or its connection is gone. Counts once. */
  ended(result: RequestResult): void;
}

/** The service's metrics. */
export interface Metrics {
  /** Media type of the exposition. */
  readonly contentType: string;
  /** All series in OpenMetrics text. */
  expose(): Promise<string>;
  /** Begins to measure a request that has just arrived. */
  start(route: Route): RequestMetrics;
  /** One sample of one GPU, 0 to 1. */
  gpuUtilization(share: number): void;
  /** So many lines of the request log were dropped. */
  requestLogLinesDropped(lines: number): void;
}

/**
 * Creates the metrics in a registry of their own, together with Node's process metrics. Their text is always OpenMetrics,
 * the only form that has exemplars: prom-client cannot switch forms between scrapes.
 */
export function createMetrics(identity: Identity): Metrics {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  registry.setDefaultLabels({ version: identity.version, model: identity.model });
  collectDefaultMetrics({ register: registry });
  // Its own `version` label, Node's, would hide ours; the build info says the same.
  registry.removeSingleMetric("nodejs_version_info");
  const instruments = createInstruments(registry);
  const { engine, revision } = identity;
  instruments.buildInfo.set({ engine, node_version: process.version, revision }, 1);
  const labelsOf = createModelLabels(identity.model);
  return {
    contentType: registry.contentType,
    expose: () => openMetricsText(registry),
    start: (route) => startRequest(instruments, route, isGeneration(route) ? labelsOf : () => BASE),
    gpuUtilization(share) {
      instruments.gpuUtilization.observe(share);
    },
    requestLogLinesDropped(lines) {
      instruments.requestLogLinesDropped.inc(lines);
    },
  };
}

type ModelLabels = { readonly model?: string };

/** The registry's own label is the base model, and prom-client finds series without labels several times faster. */
const BASE: ModelLabels = {};

/** Gives out labels for at most {@link MAX_MODELS} models, first come, first served. */
function createModelLabels(base: string): (model: string) => ModelLabels {
  // A base model of that name must not show up twice.
  const other = base === "other" ? BASE : { model: "other" };
  const known = new Map<string, ModelLabels>([
    ["other", other],
    [base, BASE],
  ]);
  return (model) => {
    const labels = known.get(model);
    if (labels !== undefined) return labels;
    if (known.size >= MAX_MODELS || model.length > MAX_MODEL_LENGTH) return other;
    const added = { model };
    known.set(model, added);
    return added;
  };
}

const FAILURES: Partial<Record<Outcome, FailureKind>> = {
  stream_error: "error",
  stream_abort: "abort",
  stream_cut: "cut",
  stream_timeout: "timeout",
};

function startRequest(
  instruments: Instruments,
  route: Route,
  labelsOf: (model: string) => ModelLabels,
): RequestMetrics {
  let labels = BASE;
  let handed = false;
  let queued = false;
  let over = false;
  const leaveQueue = (): void => {
    if (queued) instruments.requestsQueued.dec();
    queued = false;
  };
  instruments.requestsInFlight.inc();
  return {
    setModel(name) {
      labels = labelsOf(name);
    },
    handedToEngine() {
      if (handed || over) return;
      handed = true;
      queued = true;
      instruments.requestsQueued.inc();
    },
    firstByte: leaveQueue,
    firstToken(value, traceId) {
      instruments.timeToFirstToken.observe({ labels, value, ...exemplar(traceId) });
    },
    token(seconds, tokens = 1) {
      for (let i = 0; i < tokens; i += 1) instruments.tokenLatency.observe(labels, seconds / tokens);
    },
    ended(result) {
      if (over) return;
      over = true;
      leaveQueue();
      instruments.requestsInFlight.dec();
      count(instruments, route, labels, result);
      if (isGeneration(route) && wasAnswered(result.outcome, handed)) {
        instruments.requestLatency.observe({ labels, value: result.seconds, ...exemplar(result.traceId) });
      }
    },
  };
}

function count(instruments: Instruments, route: Route, model: ModelLabels, result: RequestResult): void {
  const { outcome, promptTokens, completionTokens } = result;
  const left = outcome === "client_abort";
  const labels = { ...model, route, status: left ? "499" : statusLabel(result.status) };
  instruments.requests.inc({ labels, ...exemplar(result.traceId) });
  const kind = FAILURES[outcome];
  if (kind !== undefined) instruments.streamFailures.inc({ ...model, route, kind });
  if (left) instruments.clientAborts.inc({ ...model, route });
  if (promptTokens !== null) instruments.promptTokens.inc(model, promptTokens);
  if (completionTokens !== null) instruments.completionTokens.inc(model, completionTokens);
}

/** Whether the engine worked on it. A quick refusal that counted as an answer would make a bad version look fast. */
const wasAnswered = (outcome: Outcome, handed: boolean): boolean =>
  outcome === "ok" || FAILURES[outcome] !== undefined || (outcome === "client_abort" && handed);

const exemplar = (traceId: string | null) => (traceId === null ? {} : { exemplarLabels: { trace_id: traceId } });

const OWN_STATUSES: ReadonlyMap<number, string> = new Map(STATUSES.map((status) => [status, String(status)]));

function statusLabel(status: number): string {
  const own = OWN_STATUSES.get(status);
  if (own !== undefined) return own;
  if (status < 300) return "2xx";
  if (status < 400) return "3xx";
  return status < 500 ? "4xx" : "5xx";
}
