import { SHARE_METRIC, WEIGHT_METRIC } from "./alert-rules.ts";
import type { PanelQuery, PanelSpec, RowSpec } from "./dashboard-panels.ts";

const SELECTED = 'namespace="$namespace",version=~"$version"';
const OF_MODEL = `${SELECTED},model=~"$model"`;
const OF_ENGINE = `${SELECTED},model_name=~"$model"`;
const QUANTILES = [0.5, 0.95, 0.99];

const rate = (metric: string, selector = OF_MODEL): string => `rate(${metric}{${selector}}[$__rate_interval])`;
const byVersion = (expr: string): string => `sum by (version) (${expr})`;
const perVersion = (expr: string, what = ""): PanelQuery => ({ expr, legend: `{{version}}${what && ` ${what}`}` });

const REQUESTS = byVersion(rate("vllm_requests_total"));
const FINISHED = byVersion(rate("vllm_requests_total", `${OF_MODEL},status!="499"`));

/** PromQL of a quantile of a histogram of ours, by version. */
export function quantile(share: number, metric: string): string {
  return `histogram_quantile(${share}, sum by (version, le) (${rate(`${metric}_bucket`)}))`;
}

function quantiles(title: string, metric: string, description: string): PanelSpec {
  const queries = QUANTILES.map((share) => perVersion(quantile(share, metric), `p${share * 100}`));
  return { title, description, unit: "s", queries };
}

const TRAFFIC: RowSpec = {
  title: "Traffic",
  panels: [
    {
      title: "Requests by version",
      description: "Finished requests a second. Probes excluded.",
      unit: "reqps",
      queries: [perVersion(REQUESTS)],
    },
    {
      title: "Share and weight",
      description:
        "Percent of the requests of 15 minutes that each version got, beside the weight that the stack has set.",
      unit: "percent",
      max: 100,
      queries: [
        perVersion(`${SHARE_METRIC}{${SELECTED}}`, "share"),
        perVersion(`${WEIGHT_METRIC}{${SELECTED}}`, "weight"),
      ],
    },
    {
      title: "Tokens by version",
      description: "Tokens a second of finished requests.",
      unit: "short",
      queries: [
        perVersion(byVersion(rate("vllm_prompt_tokens_total")), "prompt"),
        perVersion(byVersion(rate("vllm_completion_tokens_total")), "output"),
      ],
    },
  ],
};

const FAILURES: RowSpec = {
  title: "Failures",
  panels: [
    {
      title: "HTTP errors",
      description: "Share of the requests that were answered with a status of 500 and above.",
      unit: "percentunit",
      queries: [perVersion(`${byVersion(rate("vllm_requests_total", `${OF_MODEL},status=~"5.."`))} / ${FINISHED}`)],
    },
    {
      title: "Failures inside an answer",
      description: "Share of the requests that failed after their status of 200 had been sent, by kind.",
      unit: "percentunit",
      queries: [
        perVersion(
          `sum by (version, kind) (${rate("vllm_stream_failures_total")}) / on (version) group_left () ${FINISHED}`,
          "{{kind}}",
        ),
      ],
    },
    {
      title: "Clients that left",
      description: "Share of the requests whose client left before the end of the answer.",
      unit: "percentunit",
      queries: [perVersion(`${byVersion(rate("vllm_client_aborts_total"))} / ${REQUESTS}`)],
    },
  ],
};

const LATENCY: RowSpec = {
  title: "Latency",
  panels: [
    quantiles(
      "End-to-end latency",
      "vllm_request_latency_seconds",
      "Arrival to the answer's last byte. Refusals excluded.",
    ),
    quantiles("Time to first token", "vllm_time_to_first_token_seconds", "Arrival to a stream's first chunk."),
    quantiles("Token latency", "vllm_token_latency_seconds", "Between two output tokens of one stream."),
  ],
};

const SATURATION: RowSpec = {
  title: "Saturation",
  panels: [
    {
      title: "Requests in flight and queued",
      description: "Open requests, and those of whose answer no byte has come, as the service counts them.",
      unit: "short",
      queries: [
        perVersion(byVersion(`vllm_requests_in_flight{${SELECTED}}`), "in flight"),
        perVersion(byVersion(`vllm_requests_queued{${SELECTED}}`), "queued"),
      ],
    },
    {
      title: "Engine: requests running and waiting",
      description: "As the engine's scheduler counts them.",
      unit: "short",
      queries: [
        perVersion(byVersion(`vllm:num_requests_running{${OF_ENGINE}}`), "running"),
        perVersion(byVersion(`vllm:num_requests_waiting{${OF_ENGINE}}`), "waiting"),
      ],
    },
    {
      title: "KV cache",
      description:
        "Share of the KV cache in use, in the fullest pod of each version. At 100 % requests wait or are preempted.",
      unit: "percentunit",
      max: 1,
      queries: [perVersion(`max by (version) (vllm:kv_cache_usage_perc{${OF_ENGINE}})`)],
    },
  ],
};

/** A metric of NVIDIA's DCGM exporter, by pod and with the pod's version. Its pod may be labelled either way. */
const dcgm = (metric: string): string => {
  const own = (label: string, of: string): string =>
    `label_replace(${of}, "${label}", "$1", "exported_${label}", "(.+)")`;
  const versions = `max by (namespace, pod, version) (vllm_build_info{${SELECTED}})`;
  const pods = `max by (namespace, pod) (${own("namespace", own("pod", metric))})`;
  return `sum by (version) (${pods} * on (namespace, pod) group_left (version) ${versions})`;
};

/** A metric of kube-state-metrics about the autoscalers, with the version of each. */
const autoscaler = (metric: string): string => {
  const name = '"version", "$1", "horizontalpodautoscaler", "vllm-(.+)-autoscaler-.+"';
  return byVersion(`label_replace(${metric}{namespace="$namespace"}, ${name})`);
};

const HARDWARE: RowSpec = {
  title: "Hardware and replicas",
  panels: [
    {
      title: "GPU utilisation",
      description: "How busy the GPUs were, 0 to 100 %: the mean of the samples that each pod takes every 5 s.",
      unit: "percentunit",
      max: 1,
      queries: [
        perVersion(
          `${byVersion(rate("vllm_gpu_utilization_sum", SELECTED))} / ${byVersion(rate("vllm_gpu_utilization_count", SELECTED))}`,
        ),
      ],
    },
    {
      title: "GPU memory",
      description: "MiB in use, by NVIDIA's DCGM exporter; empty where there is none.",
      unit: "mbytes",
      queries: [perVersion(dcgm("DCGM_FI_DEV_FB_USED"), "used"), perVersion(dcgm("DCGM_FI_DEV_FB_FREE"), "free")],
    },
    {
      title: "Replicas",
      description: "Pods that are being measured, and what the autoscaler has and may have, by kube-state-metrics.",
      unit: "short",
      queries: [
        perVersion(`count by (version) (vllm_build_info{${SELECTED}})`, "measured"),
        perVersion(autoscaler("kube_horizontalpodautoscaler_status_desired_replicas"), "wanted"),
        perVersion(autoscaler("kube_horizontalpodautoscaler_spec_max_replicas"), "most"),
      ],
    },
  ],
};

/** All rows of the dashboard of a running service. */
export const SRE_ROWS: readonly RowSpec[] = Object.freeze([TRAFFIC, FAILURES, LATENCY, SATURATION, HARDWARE]);
