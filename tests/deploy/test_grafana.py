"""Dashboards: as generated, in the shape Grafana's own linter asks for, and true to the registry.

The checks follow grafana/dashboard-linter. Left out on purpose: `template-instance` and
`target-instance` on the managers' dashboard, which speaks of no process.
"""

import json
import re
from itertools import combinations, pairwise
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from deploy.grafana.generate import DASHBOARDS, generated, path
from deploy.grafana.queries import plain
from streams import metrics
from tests.prometheus_server import DEPLOY

LOADED = [json.loads(path(made).read_text(encoding="utf-8")) for made in DASHBOARDS]
PANELS = [
    pytest.param(panel, id=f"{board['title']}-{panel['title']}")
    for board in LOADED
    for panel in board["panels"]
    if panel["type"] != "row"
]
PROCESS = {"up", "process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds"}


def exposed() -> dict[str, set[str]]:
    """Every series name that the registry can expose, with its labels."""
    names: dict[str, set[str]] = {}
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            labels = set(metric._labelnames)
            endings = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}
            for ending in endings.get(metric._type, [""]):
                names[metric._name + ending] = labels | ({"le"} if ending == "_bucket" else set())
    return names


EXPOSED = exposed()


def expressions(panel: dict[str, Any]) -> list[str]:
    return [target["expr"] for target in panel["targets"]]


@pytest.mark.parametrize("made", DASHBOARDS, ids=lambda made: made.title)
def test_committed_as_generated(made):
    committed = path(made).read_text(encoding="utf-8")
    assert committed == generated(made), "run: python -m deploy.grafana.generate"


def test_nothing_else_lies_beside_them():
    assert set((DEPLOY / "grafana" / "dashboards").rglob("*.json")) == {path(m) for m in DASHBOARDS}
    assert len({board["uid"] for board in LOADED}) == len(LOADED)


@pytest.mark.parametrize("board", LOADED, ids=lambda board: board["title"])
class TestDashboard:
    def test_is_read_only_and_has_its_variables(self, board):
        assert board["editable"] is False
        variables = {one["name"]: one for one in board["templating"]["list"]}
        assert variables["datasource"]["type"] == "datasource"
        assert variables["datasource"]["query"] == "prometheus"
        for name in variables.keys() - {"datasource"}:
            chosen = variables[name]
            assert chosen["datasource"]["uid"] == "${datasource}"
            assert chosen["multi"]
            assert chosen["includeAll"]
            assert chosen["allValue"] == ".+"
            assert chosen["refresh"] == 2  # on a change of the time range
            promql_parser.parse(plain(re.sub(r"label_values\((.*), \w+\)", r"\1", chosen["query"])))
        assert "job" in variables
        assert ("instance" in variables) == (board["title"] == "Pipeline")

    def test_ids_are_unique_and_places_do_not_overlap(self, board):
        ids = [panel["id"] for panel in board["panels"]]
        assert len(set(ids)) == len(ids)
        places = [(p["title"], p["gridPos"]) for p in board["panels"]]
        for (one, a), (other, b) in combinations(places, 2):
            apart = (
                a["x"] + a["w"] <= b["x"]
                or b["x"] + b["w"] <= a["x"]
                or a["y"] + a["h"] <= b["y"]
                or b["y"] + b["h"] <= a["y"]
            )
            assert apart, f"{one} and {other} overlap"
        assert all(place["x"] + place["w"] <= 24 for _, place in places)

    def test_titles_are_unique_and_rows_hold_panels(self, board):
        titles = [panel["title"] for panel in board["panels"]]
        assert len(set(titles)) == len(titles)
        types = [panel["type"] for panel in board["panels"]]
        assert types[0] == "row"
        assert all(two != ("row", "row") for two in pairwise(types))


@pytest.mark.parametrize("panel", PANELS)
class TestPanel:
    def test_says_what_it_shows_in_which_unit(self, panel):
        assert panel["title"]
        assert panel["description"].endswith(".")
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert panel["targets"]
        assert all(target["legendFormat"] for target in panel["targets"])

    def test_queries_are_promql_with_the_boards_filters(self, panel):
        for expression in expressions(panel):
            promql_parser.parse(plain(expression))
            assert "$on" not in expression
            for selector in re.findall(r"(?:sessionwatch|process)_\w+(\{[^}]*\})?", expression):
                assert 'job=~"$job"' in selector

    def test_rates_use_grafanas_interval_on_counters(self, panel):
        for expression in expressions(panel):
            for function, name, window in re.findall(
                r"(rate|irate|increase)\((\w+)\{[^}]*\}\[([^\]]+)\]", expression
            ):
                wanted = "$__range" if function == "increase" else "$__rate_interval"
                assert window == wanted
                assert name.endswith(("_total", "_bucket"))

    def test_every_metric_and_label_exists(self, panel):
        for expression in expressions(panel):
            names = set(re.findall(r"\b((?:sessionwatch|process)_\w+|up)\s*\{", expression))
            assert names
            assert names <= EXPOSED.keys() | PROCESS
            known = {"job", "instance"}.union(*(EXPOSED.get(name, set()) for name in names))
            used = {
                label.strip()
                for listed in re.findall(r"by \(([^)]*)\)", expression)
                for label in listed.split(",")
            }
            used |= set(re.findall(r"(\w+)(?:=~|!~|!=|=)\"", expression))
            assert used <= known

    def test_legends_name_labels_that_the_query_keeps(self, panel):
        for target in panel["targets"]:
            for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]):
                kept = re.findall(r"by \(([^)]*)\)", target["expr"])
                assert any(label in listed for listed in kept)


def test_every_metric_is_shown():
    shown = " ".join(expression for panel in PANELS for expression in expressions(panel.values[0]))
    hidden = {name for name in EXPOSED if not name.endswith(("_sum", "_count"))} - set(
        re.findall(r"\w+", shown)
    )
    assert hidden == set()


def test_no_label_can_name_a_person_or_a_session():
    used = set().union(*EXPOSED.values()) - {"le"}
    assert used == set(metrics.LABELS)
    assert not [label for label in used if label.endswith("_id") or label in ("user", "session")]


def test_provisioning_finds_the_dashboards_and_the_data_source():
    folder = DEPLOY / "grafana" / "provisioning"
    [source] = yaml.safe_load((folder / "datasources" / "prometheus.yaml").read_text())[
        "datasources"
    ]
    assert (source["type"], source["editable"]) == ("prometheus", False)
    assert source["uid"]
    loaded = yaml.safe_load((folder / "dashboards" / "sessionwatch.yaml").read_text())
    [provider] = loaded["providers"]
    assert provider["type"] == "file"
    assert provider["allowUiUpdates"] is False
    assert provider["options"]["foldersFromFilesStructure"] is True
    assert "folder" not in provider  # Grafana refuses both together
