import type { Metrics } from "./metrics.ts";
import type { Engine, GeneratedToken, GenerationRequest } from "./engines/engine.ts";

/**
 * The same engine, with its prompt and completion tokens counted and its pace observed. Tokens of an answer that the
 * client abandons are counted up to that point. Waiting for a slow client counts as token latency, since the client
 * does wait that long.
 */
export function createMeteredEngine(engine: Engine, metrics: Metrics): Engine {
  return { ...engine, generate: (request, signal) => metered(engine, metrics, request, signal) };
}

async function* metered(
  engine: Engine,
  metrics: Metrics,
  request: GenerationRequest,
  signal: AbortSignal,
): AsyncGenerator<GeneratedToken> {
  const startedAt = performance.now();
  const lastTokenAt = new Map<number, number>();
  metrics.promptTokens.inc(request.promptTokens);
  for await (const token of engine.generate(request, signal)) {
    const now = performance.now();
    const previous = lastTokenAt.get(token.choice);
    if (lastTokenAt.size === 0) metrics.timeToFirstToken.observe((now - startedAt) / 1000);
    if (previous !== undefined) metrics.tokenLatency.observe((now - previous) / 1000);
    lastTokenAt.set(token.choice, now);
    metrics.completionTokens.inc();
    yield token;
  }
}
