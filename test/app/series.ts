const COMPLETIONS = 'route="/v1/completions"';
const SERIES = {
  ok: `vllm_requests_total{${COMPLETIONS},status="200",version="v1",model="m"}`,
  left: `vllm_requests_total{${COMPLETIONS},status="499",version="v1",model="m"}`,
  broken: `vllm_requests_total{${COMPLETIONS},status="500",version="v1",model="m"}`,
  latencyCount: `vllm_request_latency_seconds_count{version="v1",model="m",${COMPLETIONS}}`,
  latencySum: `vllm_request_latency_seconds_sum{version="v1",model="m",${COMPLETIONS}}`,
  firstTokenCount: 'vllm_time_to_first_token_seconds_count{version="v1",model="m"}',
  firstTokenSum: 'vllm_time_to_first_token_seconds_sum{version="v1",model="m"}',
  tokenLatencyCount: 'vllm_token_latency_seconds_count{version="v1",model="m"}',
  tokenLatencySum: 'vllm_token_latency_seconds_sum{version="v1",model="m"}',
  inFlight: 'vllm_requests_in_flight{version="v1",model="m"}',
  promptTokens: 'vllm_prompt_tokens_total{version="v1",model="m"}',
  completionTokens: 'vllm_completion_tokens_total{version="v1",model="m"}',
} as const;

interface Scrapable {
  readonly scrape: () => Promise<ReadonlyMap<string, number>>;
}

/** The present values of the series named here for short; NaN for one that is absent. */
export async function values<Name extends keyof typeof SERIES>(
  service: Scrapable,
  ...names: Name[]
): Promise<Record<Name, number>> {
  const scraped = await service.scrape();
  const entries = names.map((name) => [name, scraped.get(SERIES[name]) ?? NaN]);
  return Object.fromEntries(entries) as Record<Name, number>;
}
