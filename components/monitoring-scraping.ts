/** One step of a Prometheus relabelling, in Prometheus' own terms. The regex matches the whole of the joined sources. */
export interface RelabelRule {
  /** Labels whose values are joined by `;`. */
  readonly source_labels: readonly string[];
  /** RE2 expression. Default: anything. */
  readonly regex?: string;
  /** What a match does. Default "replace". */
  readonly action?: "keep";
  /** Label that a replacement sets. */
  readonly target_label?: string;
  /** What it is set to, with `$1` for the first group. Default "$1". */
  readonly replacement?: string;
}

/** One scrape job of Prometheus that finds its targets among the pods of the cluster. */
export interface PodScrapeJob {
  /** Value of the label `job`. */
  readonly job_name: string;
  /** How targets are found. */
  readonly kubernetes_sd_configs: readonly { readonly role: "pod" }[];
  /** How a found target becomes one to scrape, or none. */
  readonly relabel_configs: readonly RelabelRule[];
}

const annotation = (name: string): string => `__meta_kubernetes_pod_annotation_prometheus_io_${name}`;

/**
 * Scrapes every running pod of any namespace that is annotated with `prometheus.io/scrape: "true"` and
 * `prometheus.io/port`, at `prometheus.io/path` (default `/metrics`) by `prometheus.io/scheme` (default `http`). Series get
 * the labels `namespace`, `pod` and, where the pod is labelled so, `version`.
 *
 * Discovery finds a pod once for each port of each container. All of these become the same target, with no label of a
 * port or container, and Prometheus scrapes equal targets once; that holds where Istio has merged its sidecar's metrics
 * into the annotated address too. A pod that a PodMonitor also selects is scraped by both jobs: leave it unannotated,
 * or drop it here.
 */
export function annotatedPods(): PodScrapeJob {
  return {
    job_name: "annotated-pods",
    kubernetes_sd_configs: [{ role: "pod" }],
    relabel_configs: [
      { source_labels: [annotation("scrape")], regex: "true", action: "keep" },
      { source_labels: [annotation("port")], regex: "\\d{1,5}", action: "keep" },
      // Not by readiness: what an overloaded or draining pod measures is what a release is judged by.
      { source_labels: ["__meta_kubernetes_pod_phase"], regex: "Running", action: "keep" },
      { source_labels: [annotation("scheme")], regex: "(https?)", target_label: "__scheme__" },
      { source_labels: [annotation("path")], regex: "(.+)", target_label: "__metrics_path__" },
      addressRule("([0-9.]+)", "$2:$1"),
      addressRule("([0-9a-fA-F]*:[0-9a-fA-F:.]*)", "[$2]:$1"),
      { source_labels: ["__meta_kubernetes_namespace"], target_label: "namespace" },
      { source_labels: ["__meta_kubernetes_pod_name"], target_label: "pod" },
      { source_labels: ["__meta_kubernetes_pod_label_version"], target_label: "version" },
    ],
  };
}

/** Sets the target's address from the pod's, because the annotated port is often none that a container declares. */
function addressRule(ip: string, replacement: string): RelabelRule {
  const source_labels = [annotation("port"), "__meta_kubernetes_pod_ip"];
  return { source_labels, regex: `(\\d+);${ip}`, target_label: "__address__", replacement };
}
