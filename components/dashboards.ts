/* eslint-disable @typescript-eslint/no-deprecated --
   Dashboards that Grafana reads from files are of the schema that the SDK calls deprecated. */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import * as sdk from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { WEIGHT_METRIC } from "./alert-rules.ts";
import { DATA_SOURCE, panelOf, type RowSpec } from "./dashboard-panels.ts";
import type { Objectives } from "./objectives.ts";
import { releaseRows } from "./release-panels.ts";
import { SRE_ROWS } from "./sre-panels.ts";

/** Where else an operator looks. */
export interface DashboardLinks {
  /** http or https address of the logs. Default: none. */
  readonly logs: string | undefined;
  /** http or https address of the traces. Default: none. */
  readonly traces: string | undefined;
  /** http or https address of Kiali. Default: none. */
  readonly kiali: string | undefined;
}

/** What the dashboards of a stack are made of. */
export interface DashboardsArgs {
  /** Namespace of the versions, which the dashboards show first. */
  readonly namespace: string;
  /** Name of the stable version. */
  readonly stable: string;
  /** Name of the canary. */
  readonly canary: string;
  /** What counts as good enough. */
  readonly objectives: Objectives;
  /** Where else an operator looks. */
  readonly links: DashboardLinks;
}

/** Tag of Grafana's annotations that tell of decisions about a release. */
export const RELEASE_TAG = "vllm-release";

const BUILD_INFO = 'vllm_build_info{namespace="$namespace"}';

/** The dashboard of a running service, `vLLM-SRE`. */
export function sreDashboard(args: DashboardsArgs): Dashboard {
  return filled("vLLM-SRE", "vllm-sre", SRE_ROWS, args)
    .withVariable(valuesOf("model", `label_values(${BUILD_INFO}, model)`))
    .withVariable(valuesOf("version", `label_values(${BUILD_INFO}, version)`))
    .build();
}

/** The dashboard of the release, `vLLM-Release`: the canary beside the stable version. */
export function releaseDashboard(args: DashboardsArgs): Dashboard {
  const rows = releaseRows(args.stable, args.canary, args.objectives);
  return filled("vLLM-Release", "vllm-release", rows, args).build();
}

function filled(title: string, uid: string, rows: readonly RowSpec[], args: DashboardsArgs): sdk.DashboardBuilder {
  const builder = new sdk.DashboardBuilder(title)
    .uid(uid)
    .tags(["vllm"])
    .refresh("30s")
    .time({ from: "now-1h", to: "now" })
    .timezone("browser")
    .tooltip(sdk.DashboardCursorSync.Crosshair)
    .withVariable(new sdk.DatasourceVariableBuilder("datasource").label("Prometheus").type("prometheus"))
    .withVariable(namespaceVariable(args.namespace))
    .annotations([weightChanges(), decisions()])
    .links(linksOf(args.links));
  let id = 0;
  for (const row of rows) {
    builder.withRow(new sdk.RowBuilder(row.title).id(++id));
    for (const panel of row.panels) builder.withPanel(panelOf(panel, ++id));
  }
  return builder;
}

function namespaceVariable(namespace: string): sdk.QueryVariableBuilder {
  return new sdk.QueryVariableBuilder("namespace")
    .datasource(DATA_SOURCE)
    .query("label_values(vllm_build_info, namespace)")
    .refresh(sdk.VariableRefresh.OnTimeRangeChanged)
    .current({ text: namespace, value: namespace });
}

function valuesOf(name: string, query: string): sdk.QueryVariableBuilder {
  return new sdk.QueryVariableBuilder(name)
    .datasource(DATA_SOURCE)
    .query(query)
    .refresh(sdk.VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .allValue(".*")
    .current({ text: ["All"], value: ["$__all"] });
}

function weightChanges(): sdk.AnnotationQueryBuilder {
  const weight = `${WEIGHT_METRIC}{namespace="$namespace"}`;
  const expr = `${weight} and ${weight} != ${weight} offset 1m`;
  return new sdk.AnnotationQueryBuilder()
    .name("Weight changes")
    .datasource(DATA_SOURCE)
    .enable(true)
    .iconColor("blue")
    .titleFormat("Weight of {{version}}")
    .textFormat("{{version}} gets another share")
    .target(new DataqueryBuilder().refId("Anno").expr(expr))
    .expr(expr)
    .step("60s");
}

/** Grafana's own annotations: each release decision is one, with {@link RELEASE_TAG}. */
function decisions(): sdk.AnnotationQueryBuilder {
  const target = { refId: "Anno", limit: 100, matchAny: false, tags: [RELEASE_TAG], type: "tags" };
  return new sdk.AnnotationQueryBuilder()
    .name("Release decisions")
    .datasource({ type: "grafana", uid: "-- Grafana --" })
    .enable(true)
    .iconColor("purple")
    .target({ build: () => ({ ...target, _implementsDataqueryVariant: () => undefined }) });
}

function linksOf({ logs, traces, kiali }: DashboardLinks): sdk.DashboardLinkBuilder[] {
  const others = new sdk.DashboardLinkBuilder("vLLM dashboards").type(sdk.DashboardLinkType.Dashboards).tags(["vllm"]);
  const pages = Object.entries({ Logs: logs, Traces: traces, Kiali: kiali }).flatMap(([title, url]) =>
    url === undefined
      ? []
      : [new sdk.DashboardLinkBuilder(title).type(sdk.DashboardLinkType.Link).url(url).targetBlank(true)],
  );
  return [others.keepTime(true), ...pages];
}
