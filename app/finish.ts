import { outcomeOf, type Exchange } from "./exchange.ts";
import { UNKNOWN_USAGE } from "./proxy/usage.ts";
import { loggedParameters, loggedPrompt } from "./request-log/prompt.ts";
import { REQUEST_RECORD_SCHEMA, type RequestRecord } from "./request-log/record.ts";
import type { RequestLog } from "./request-log/writer.ts";
import type { ServedModels } from "./served-models.ts";

/** What an exchange's end is reported with. */
export interface FinishOptions {
  /** Release version. */
  readonly version: string;
  readonly models: ServedModels;
  readonly log: Pick<RequestLog, "write">;
  /** Whether prompts are logged. */
  readonly logPrompts: boolean;
  /** Where a logged prompt is cut, in characters. */
  readonly logPromptCharacters: number;
}

/** Reports an exchange whose connection has closed: to its metrics, to its trace and to the request log. */
export function finishExchange(exchange: Exchange, options: FinishOptions): void {
  const outcome = outcomeOf(exchange);
  const { outgoing, metrics, trace, answer } = exchange;
  const status = outgoing.headersSent ? outgoing.statusCode : 499;
  const seconds = (performance.now() - exchange.startedAt) / 1000;
  const { promptTokens, completionTokens } = answer?.usage ?? UNKNOWN_USAGE;
  const timeToFirstTokenSeconds = timeToFirstToken(exchange);
  const result = { status, promptTokens, completionTokens, outcome };
  metrics.ended({ ...result, seconds, traceId: trace.exemplar });
  trace.end({ ...result, model: exchange.model, timeToFirstTokenSeconds });
  options.log.write({
    schema: REQUEST_RECORD_SCHEMA,
    time: new Date(exchange.arrivedAt).toISOString(),
    request_id: exchange.requestId,
    trace_id: trace.traceId,
    version: options.version,
    model: exchange.model,
    lora: options.models.adapter(exchange.model),
    route: exchange.route,
    stream: exchange.request?.stream ?? false,
    parameters: loggedParameters(exchange.request?.fields),
    ...promptOf(exchange, options),
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    time_to_first_token_seconds: timeToFirstTokenSeconds,
    latency_seconds: round(seconds),
    status,
    outcome,
  });
}

function promptOf(
  { request, incoming }: Exchange,
  { logPrompts, logPromptCharacters }: FinishOptions,
): Pick<RequestRecord, "prompt" | "prompt_truncated" | "no_log"> {
  const optedOut = incoming.headers["x-no-log"] === "true";
  if (!logPrompts || optedOut) return { prompt: null, prompt_truncated: false, no_log: optedOut };
  const { prompt, truncated } = loggedPrompt(request?.fields, logPromptCharacters);
  return { prompt, prompt_truncated: truncated, no_log: false };
}

function timeToFirstToken({ firstTokenAt, startedAt }: Exchange): number | null {
  return firstTokenAt === undefined ? null : round((firstTokenAt - startedAt) / 1000);
}

/** To microseconds. */
const round = (seconds: number): number => Math.round(seconds * 1e6) / 1e6;
