import { Counter, Gauge, Histogram, type OpenMetricsContentType, type Registry } from "prom-client";
import { FAILURE_KINDS, METRICS } from "./metric-catalogue.ts";
import { GENERATION_ROUTES } from "./routes.ts";

interface Definition<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly Label[];
}

/** prom-client types an exemplar's labels as the metric's own. */
type WithExemplars<Label extends string> = Label | "trace_id";

/** The instruments, named as in the catalogue. */
export type Instruments = ReturnType<typeof createInstruments>;

/** Creates every metric of the catalogue in a registry, with its usual series at 0. */
export function createInstruments(registry: Registry<OpenMetricsContentType>) {
  const plain = <Label extends string>({ name, help, labels }: Definition<Label>) => {
    return { name, help, labelNames: labels, registers: [registry] };
  };
  const timed = <Label extends string>(definition: Definition<Label> & { readonly buckets: readonly number[] }) => ({
    ...plain(definition),
    buckets: [...definition.buckets],
  });
  const instruments = {
    requests: new Counter<WithExemplars<"model" | "route" | "status">>({
      ...plain(METRICS.requests),
      enableExemplars: true,
    }),
    requestLatency: new Histogram<WithExemplars<"model">>({ ...timed(METRICS.requestLatency), enableExemplars: true }),
    timeToFirstToken: new Histogram<WithExemplars<"model">>({
      ...timed(METRICS.timeToFirstToken),
      enableExemplars: true,
    }),
    tokenLatency: new Histogram(timed(METRICS.tokenLatency)),
    gpuUtilization: new Histogram(timed(METRICS.gpuUtilization)),
    promptTokens: new Counter(plain(METRICS.promptTokens)),
    completionTokens: new Counter(plain(METRICS.completionTokens)),
    requestsInFlight: new Gauge(plain(METRICS.requestsInFlight)),
    requestsQueued: new Gauge(plain(METRICS.requestsQueued)),
    streamFailures: new Counter(plain(METRICS.streamFailures)),
    clientAborts: new Counter(plain(METRICS.clientAborts)),
    requestLogLinesDropped: new Counter(plain(METRICS.requestLogLinesDropped)),
    buildInfo: new Gauge(plain(METRICS.buildInfo)),
  };
  startAtZero(instruments);
  return instruments;
}

const USUAL_STATUSES = ["200", "499", "500", "503"];

/** Series that exist from the start let a rate see the first failure, and a ratio be 0 instead of absent. */
function startAtZero(instruments: Instruments): void {
  for (const route of GENERATION_ROUTES) {
    for (const status of USUAL_STATUSES) instruments.requests.inc({ labels: { route, status }, value: 0 });
    for (const kind of FAILURE_KINDS) instruments.streamFailures.inc({ route, kind }, 0);
    instruments.clientAborts.inc({ route }, 0);
  }
  for (const histogram of [instruments.requestLatency, instruments.timeToFirstToken, instruments.tokenLatency]) {
    histogram.zero({});
  }
  instruments.promptTokens.inc(0);
  instruments.completionTokens.inc(0);
}
