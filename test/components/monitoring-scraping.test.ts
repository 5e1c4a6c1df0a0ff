import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { annotatedPods } from "../../components/monitoring-scraping.ts";

/** Labels of a target: those with `__` are Prometheus' own and no part of a series. */
type Target = Record<string, string>;

const META = "__meta_kubernetes_";

/** Relabels as Prometheus does: the regex matches the whole, and a replacement with an empty value drops the label. */
function relabelled(found: Target): Target | undefined {
  const target: Target = { __scheme__: "http", __metrics_path__: "/metrics", ...found };
  for (const rule of annotatedPods().relabel_configs) {
    const { source_labels, regex = "(.*)", action = "replace", target_label = "", replacement = "$1" } = rule;
    const joined = source_labels.map((label) => target[label] ?? "").join(";");
    const match = new RegExp(`^(?:${regex})$`, "s").exec(joined);
    if (action === "keep" && match === null) return undefined;
    if (action === "keep" || match === null) continue;
    const value = replacement.replace(/\$(\d)/g, (_, group: string) => match[Number(group)] ?? "");
    if (value === "") Reflect.deleteProperty(target, target_label);
    else target[target_label] = value;
  }
  return Object.fromEntries(Object.entries(target).filter(([label]) => !label.startsWith("__meta_")));
}

/** A running pod of version v1 as discovery finds it at one port of one container, with that port's own labels. */
function found(annotations: Record<string, string> = {}, labels: Target = {}): Target {
  const entries = Object.entries({ scrape: "true", port: "8001", ...annotations });
  return {
    __address__: "10.0.0.1:8000",
    [`${META}namespace`]: "vllm",
    [`${META}pod_name`]: "v1-abc",
    [`${META}pod_ip`]: "10.0.0.1",
    [`${META}pod_phase`]: "Running",
    [`${META}pod_label_version`]: "v1",
    ...Object.fromEntries(entries.map(([name, value]) => [`${META}pod_annotation_prometheus_io_${name}`, value])),
    ...labels,
  };
}

const SCRAPED = {
  __scheme__: "http",
  __address__: "10.0.0.1:8001",
  __metrics_path__: "/metrics",
  namespace: "vllm",
  pod: "v1-abc",
  version: "v1",
};

describe("pure: the job that scrapes annotated pods", () => {
  it("finds pods of all namespaces", () => {
    const { job_name, kubernetes_sd_configs } = annotatedPods();
    expect({ job_name, kubernetes_sd_configs }).toEqual({
      job_name: "annotated-pods",
      kubernetes_sd_configs: [{ role: "pod" }],
    });
  });

  it("scrapes the annotated port of the pod, not the one it was found at", () => {
    expect(relabelled(found())).toEqual(SCRAPED);
  });

  it.each([
    ["port", "15020", { __address__: "10.0.0.1:15020" }],
    ["path", "/stats/prometheus", { __metrics_path__: "/stats/prometheus" }],
    ["scheme", "https", { __scheme__: "https" }],
    ["scheme", "http", { __scheme__: "http" }],
    ["scheme", "httpss", { __scheme__: "http" }],
    ["path", "", { __metrics_path__: "/metrics" }],
  ])("reads the annotation %s: %j", (name, value, expected) => {
    expect(relabelled(found({ [name]: value }))).toEqual({ ...SCRAPED, ...expected });
  });

  it.each([
    ["scrape", "false"],
    ["scrape", "True"],
    ["scrape", ""],
    ["scrape", "untrue"],
    ["port", ""],
    ["port", "http"],
    ["port", "8001,8002"],
    ["port", "-1"],
    ["port", "123456"],
  ])("leaves out pods with the annotation %s: %j", (name, value) => {
    expect(relabelled(found({ [name]: value }))).toBeUndefined();
  });

  it("leaves out pods without annotations", () => {
    const bare = Object.entries(found()).filter(([label]) => !label.includes("annotation"));
    expect(relabelled(Object.fromEntries(bare))).toBeUndefined();
  });

  it.each(["Pending", "Succeeded", "Failed", "Unknown"])("leaves out pods that are %s", (phase) => {
    expect(relabelled(found({}, { [`${META}pod_phase`]: phase }))).toBeUndefined();
  });

  it("keeps running pods that are not ready, which overloaded and draining ones are", () => {
    expect(relabelled(found({}, { [`${META}pod_ready`]: "false" }))).toEqual(SCRAPED);
  });

  it("gives no version to pods without one", () => {
    const { version, ...others } = SCRAPED;
    expect(version).toBe("v1");
    expect(relabelled(found({}, { [`${META}pod_label_version`]: "" }))).toEqual(others);
  });

  it.each([{}, { port: "15020", path: "/stats/prometheus" }])(
    "makes one target of all ports and containers of a pod, annotated with %j",
    (annotations) => {
      const container = (name: string, port?: string, init = "false"): Target =>
        found(annotations, {
          // Discovery gives no port, and an IPv6 address no brackets, where a container declares none.
          __address__: port === undefined ? "10.0.0.1" : `10.0.0.1:${port}`,
          [`${META}pod_container_name`]: name,
          [`${META}pod_container_init`]: init,
          ...(port !== undefined && { [`${META}pod_container_port_number`]: port }),
        });
      const targets = [
        container("server", "8000"),
        container("server", "8001"),
        container("vllm"),
        container("istio-proxy", "15090", "true"),
        container("istio-init", undefined, "true"),
      ].map(relabelled);
      expect(new Set(targets.map((target) => JSON.stringify(target))).size).toBe(1);
      expect(targets[0]).toBeDefined();
    },
  );

  it.each([
    ["10.0.0.1", "8001", "10.0.0.1:8001"],
    ["192.168.100.254", "1", "192.168.100.254:1"],
    ["::1", "65535", "[::1]:65535"],
    ["fd00:10:244::5", "8001", "[fd00:10:244::5]:8001"],
    ["2001:db8:0:0:8a2e:370:7334:abcd", "15020", "[2001:db8:0:0:8a2e:370:7334:abcd]:15020"],
    ["::ffff:10.0.0.1", "80", "[::ffff:10.0.0.1]:80"],
  ])("scrapes the pod %s at port %s as %s", (ip, port, address) => {
    expect(relabelled(found({ port }, { [`${META}pod_ip`]: ip }))).toEqual({ ...SCRAPED, __address__: address });
  });

  it("scrapes every address at every port as a URL names it", () => {
    const version4 = fc.ipV4().map((ip) => [ip, ip] as const);
    const version6 = fc.ipV6().map((ip) => [ip, `[${ip}]`] as const);
    fc.assert(
      fc.property(fc.oneof(version4, version6), fc.integer({ min: 1, max: 65_535 }), ([ip, host], port) => {
        const target = relabelled(found({ port: String(port) }, { [`${META}pod_ip`]: ip }));
        expect(target).toEqual({ ...SCRAPED, __address__: `${host}:${port}` });
      }),
    );
  });
});
