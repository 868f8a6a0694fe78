"""The committed dashboards' queries, as PromQL that Prometheus understands without Grafana."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

FOLDER = Path(__file__).parent / "dashboards"
CHOSEN = {"$__rate_interval": "1m", "$__range": "5m", "$job": ".+", "$instance": ".+"}
"""Grafana's variables; the intervals suit a scrape each second."""


class Query(Struct, frozen=True):
    """One line of one panel."""

    dashboard: str
    panel: str
    legend: str
    promql: str

    def __str__(self) -> str:
        return f"{self.dashboard} / {self.panel} / {self.legend}"


def dashboards() -> list[dict[str, Any]]:
    files = sorted(FOLDER.rglob("*.json"))
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


def queries() -> Iterator[Query]:
    """Every query of every panel."""
    for dashboard in dashboards():
        for panel in dashboard["panels"]:
            for target in panel.get("targets", []):
                promql = plain(target["expr"])
                yield Query(dashboard["title"], panel["title"], target["legendFormat"], promql)


def plain(promql: str) -> str:
    """PromQL with Grafana's variables replaced."""
    for variable, value in CHOSEN.items():
        promql = promql.replace(variable, value)
    return promql
