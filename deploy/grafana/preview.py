"""Draws the dashboards from a running Prometheus, to look at their figures without Grafana.

`python -m deploy.grafana.preview URL FOLDER [MINUTES]` writes one picture a dashboard. It is a
sanity check of queries and layout, and looks like Grafana in nothing else.
"""

import re
import sys
import time
from pathlib import Path
from typing import Any, Final

import httpx
import matplotlib

from deploy.grafana.queries import dashboards, plain

matplotlib.use("agg")
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure

POINTS: Final = 120
INCHES: Final = (20 / 24, 0.42)
"""The size of one column and of one row of Grafana's grid."""

Line = tuple[str, list[float], list[float]]
"""A legend, minutes before now, figures."""


def lines(http: httpx.Client, panel: dict[str, Any], minutes: float) -> list[Line]:
    """What the panel's queries return for the last minutes."""
    now = time.time()
    span: dict[str, float] = {
        "start": now - minutes * 60,
        "end": now,
        "step": minutes * 60 / POINTS,
    }
    made: list[Line] = []
    for target in panel["targets"]:
        asked: dict[str, str | float] = {"query": plain(target["expr"]), **span}
        answer = http.get("/api/v1/query_range", params=asked).raise_for_status().json()
        for series in answer["data"]["result"]:
            legend = _legend(target["legendFormat"], series["metric"])
            when, figures = zip(*((t, float(v)) for t, v in series["values"]), strict=True)
            made.append((legend, [(t - now) / 60 for t in when], list(figures)))
    return made


def _legend(template: str, labels: dict[str, str]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda found: labels.get(found[1], ""), template).strip()


def drawn(http: httpx.Client, dashboard: dict[str, Any], minutes: float) -> Figure:
    height = max(p["gridPos"]["y"] + p["gridPos"]["h"] for p in dashboard["panels"])
    figure = pyplot.figure(figsize=(24 * INCHES[0], height * INCHES[1] + 1))
    figure.suptitle(f"{dashboard['title']} (preview, not Grafana)", y=0.995)
    top = 1 - 0.7 / (height * INCHES[1] + 1)
    for panel in dashboard["panels"]:
        at = panel["gridPos"]
        x, y = at["x"] / 24, top * (1 - (at["y"] + at["h"]) / height)
        if panel["type"] == "row":
            figure.text(0.008, y, panel["title"], weight="bold")
            continue
        box = (x + 0.02, y + 0.014, at["w"] / 24 - 0.03, top * at["h"] / height - 0.03)
        axes = figure.add_axes(box)
        axes.set_xlim(-minutes, 0)
        _draw(axes, panel, lines(http, panel, minutes))
    return figure


def _draw(axes: Axes, panel: dict[str, Any], drawing: list[Line]) -> None:
    unit = panel["fieldConfig"]["defaults"]["unit"]
    axes.set_title(f"{panel['title']} [{unit}]", fontsize=8, loc="left", pad=2)
    axes.tick_params(labelsize=6)
    if panel["type"] == "stat":
        axes.axis("off")
        said = [f"{legend}: {figures[-1]:.3g}" for legend, _, figures in drawing]
        words = "\n".join(said) or "no data"
        axes.text(0, 0.95, words, fontsize=8, va="top", transform=axes.transAxes)
        return
    for legend, when, figures in drawing:
        axes.plot(when, figures, linewidth=0.9, label=legend or "all")
    axes.set_ylim(bottom=0)
    if drawing:
        axes.legend(fontsize=5, ncols=3, loc="upper left", framealpha=0.4)
    else:
        axes.text(0.5, 0.5, "no data", ha="center", transform=axes.transAxes)


def main(url: str, folder: Path, minutes: float) -> list[Path]:
    """Writes the pictures; returns where they are. Raises `httpx.HTTPError` on a refusal."""
    made = []
    with httpx.Client(base_url=url, timeout=30) as http:
        for dashboard in dashboards():
            figure = drawn(http, dashboard, minutes)
            target = folder / f"{dashboard['title'].lower()}.png"
            figure.savefig(target, dpi=70)
            pyplot.close(figure)
            made.append(target)
    return made


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]) if len(sys.argv) > 3 else 15)
