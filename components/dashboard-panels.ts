import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import {
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import type { Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TimeSeriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";

/** One query of a panel. */
export interface PanelQuery {
  /** PromQL, with Grafana's variables. */
  readonly expr: string;
  /** Name of its series, with `{{label}}` for a label's value. */
  readonly legend: string;
}

/** What a panel shows. */
export interface PanelSpec {
  readonly title: string;
  /** What a reader must know to read it. */
  readonly description: string;
  /** Grafana's name of the unit, such as `s` or `percentunit`. */
  readonly unit: string;
  readonly queries: readonly PanelQuery[];
  /** Whether the last values are shown as numbers, instead of lines. Default false. */
  readonly isStat?: boolean;
  /** Largest value of the axis. Default: that of the data. */
  readonly max?: number;
}

/** A titled group of panels. */
export interface RowSpec {
  readonly title: string;
  readonly panels: readonly PanelSpec[];
}

/** The data source that the reader of a dashboard picks. */
export const DATA_SOURCE = Object.freeze({ type: "prometheus", uid: "${datasource}" });

const COLUMNS = 24;
const PANELS_IN_A_LINE = 3;

/** Makes Grafana's panel of what is to be seen. @param id its number, once in each dashboard */
export function panelOf(spec: PanelSpec, id: number): Builder<Panel> {
  const builder = spec.isStat === true ? new StatBuilder() : linesBuilder();
  if (spec.max !== undefined) builder.max(spec.max);
  return builder
    .id(id)
    .title(spec.title)
    .description(spec.description)
    .datasource(DATA_SOURCE)
    .unit(spec.unit)
    .min(0)
    .span(COLUMNS / PANELS_IN_A_LINE)
    .height(spec.isStat === true ? 4 : 8)
    .targets(spec.queries.map((query, index) => queryOf(query, index, spec.isStat === true)));
}

function linesBuilder(): TimeSeriesBuilder {
  return new TimeSeriesBuilder()
    .fillOpacity(5)
    .legend(new VizLegendOptionsBuilder().showLegend(true))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi));
}

function queryOf({ expr, legend }: PanelQuery, index: number, isInstant: boolean): Builder<Dataquery> {
  const query = new DataqueryBuilder()
    .datasource(DATA_SOURCE)
    .refId(String.fromCharCode("A".charCodeAt(0) + index))
    .expr(expr)
    .legendFormat(legend);
  return isInstant ? query.instant() : query.range();
}
