"""Writes the dashboards' JSON: `python -m deploy.grafana.generate` from the top folder."""

from pathlib import Path
from typing import Final

from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.builders import prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common, dashboard

from deploy.grafana.panels import Dashboard, Panel
from deploy.grafana.pipeline import PIPELINE
from deploy.grafana.sessions import SESSIONS

DASHBOARDS: Final = (SESSIONS, PIPELINE)
FOLDER: Final = Path(__file__).parent / "dashboards" / "sessionwatch"
SOURCE: Final = dashboard.DataSourceRef(type_val="prometheus", uid="${datasource}")
JOB: Final = 'job=~"$job"'
INSTANCE: Final = 'instance=~"$instance"'
LOW: Final = 4
HIGH: Final = 8


def generated(made: Dashboard) -> str:
    """The dashboard's JSON, the same at each run."""
    builder = (
        builders.Dashboard(made.title)
        .uid(made.uid)
        .description(made.description)
        .tags(["sessionwatch"])
        .readonly()
        .refresh("10s")
        .time("now-3h", "now")
        .timezone("browser")
        .tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
        .with_variable(_datasource())
        .with_variable(_choice("job", "up", "Job"))
    )
    on = JOB
    if made.by_instance:
        builder.with_variable(_choice("instance", f"up{{{JOB}}}", "Process"))
        on += ", " + INSTANCE
    number = 0
    for row in made.rows:
        number += 1
        builder.with_row(builders.Row(row.title).id(number))
        height = HIGH if any(one.kind == "timeseries" for one in row.panels) else LOW
        for panel in row.panels:
            number += 1
            builder.with_panel(_panel(panel, on).height(height).id(number))
    return JSONEncoder(sort_keys=True, indent=2).encode(builder.build()) + "\n"


def _datasource() -> builders.DatasourceVariable:
    return builders.DatasourceVariable("datasource").type("prometheus").label("Data source")


def _choice(label: str, series: str, title: str) -> builders.QueryVariable:
    return (
        builders.QueryVariable(label)
        .label(title)
        .datasource(SOURCE)
        .query(f"label_values({series}, {label})")
        .refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .multi(True)
        .include_all(True)
        .all_value(".+")
        .sort(dashboard.VariableSort.ALPHABETICAL_ASC)
    )


def _panel(panel: Panel, on: str) -> stat.Panel | timeseries.Panel:
    made: stat.Panel | timeseries.Panel
    if panel.kind == "stat":
        newest = common_builders.ReduceDataOptions().calcs(["lastNotNull"])
        made = stat.Panel().graph_mode(common.BigValueGraphMode.NONE).reduce_options(newest)
    else:
        made = timeseries.Panel().min(0).line_width(1).fill_opacity(8)
    made.title(panel.title).description(panel.description).unit(panel.unit).datasource(SOURCE)
    made.span(panel.width).thresholds(_thresholds(panel))
    for ref, (legend, query) in zip("ABCDEF", panel.queries.items(), strict=False):
        target = prometheus.Dataquery().ref_id(ref).datasource(SOURCE).legend_format(legend)
        made.with_target(target.expr(query.replace("$on", on)))
    return made


def _thresholds(panel: Panel) -> builders.ThresholdsConfig:
    steps = [dashboard.Threshold(value=None, color="green")]
    if panel.warn_above is not None:
        steps.append(dashboard.Threshold(value=panel.warn_above, color="orange"))
    return builders.ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE).steps(steps)


def path(made: Dashboard) -> Path:
    return FOLDER / f"{made.title.lower()}.json"


if __name__ == "__main__":
    for one in DASHBOARDS:
        path(one).write_text(generated(one), encoding="utf-8")
