"""The evaluation as one picture: what was found, how fast, and what a threshold costs."""

from pathlib import Path
from typing import Any

from sessionwatch.evaluation import Curve, Evaluation
from streams.participant.detectors import DETECTORS as OVER_WEEKS

FOUND, MISSED, FALSE = "#2f6f62", "#c98b2b", "#a83a3a"
WEEKS = {module.__name__.rpartition(".")[2] for module in OVER_WEEKS}
COLUMNS = 4


def draw(found: Evaluation, path: Path) -> None:
    """Writes a PNG. Raises `ImportError` without matplotlib, which only developers have."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = -(-len(found.curves) // COLUMNS)
    figure = pyplot.figure(figsize=(14, 10 + 3 * rows), layout="constrained")
    grid = figure.add_gridspec(2 + rows, COLUMNS, height_ratios=[4.5, 0.1, *[1.6] * rows])
    _confusion(figure.add_subplot(grid[0, : COLUMNS // 2]), found)
    _delays(figure.add_subplot(grid[0, COLUMNS // 2 :]), found)
    for number, curve in enumerate(found.curves):
        _curve(figure.add_subplot(grid[2 + number // COLUMNS, number % COLUMNS]), curve)
    figure.suptitle(f"{found.command}: {found.seeds} seeds, {len(found.scenarios)} scenarios")
    figure.savefig(path, dpi=80)
    pyplot.close(figure)


def _confusion(axes: Any, found: Evaluation) -> None:
    """As shares of what was expected, so that rare rules can be seen."""
    rules = list(reversed(found.detectors))
    left = [0.0] * len(rules)
    figures = [found.detectors[rule] for rule in rules]
    for name, colour, values in (
        ("found", FOUND, [one.found for one in figures]),
        ("missed", MISSED, [one.expected - one.found for one in figures]),
        ("false", FALSE, [one.false for one in figures]),
    ):
        whole = [max(1, one.expected) for one in figures]
        shares = [value / of for value, of in zip(values, whole, strict=True)]
        axes.barh(rules, shares, left=left, color=colour, label=name)
        left = [a + b for a, b in zip(left, shares, strict=True)]
    for place, one in enumerate(figures):
        axes.text(0.02, place, f"{one.found} of {one.expected}", va="center", color="white", size=7)
    axes.set_title("Found, missed and false on the labelled scenarios")
    axes.set_xlabel("share of what was expected")
    axes.tick_params(axis="y", labelsize=8)
    axes.legend(loc="lower right", fontsize=8)


def _delays(axes: Any, found: Evaluation) -> None:
    """When each alert was written, after the rule's instant, on the log's clock."""
    rules = [
        rule
        for rule, one in found.detectors.items()
        if rule not in WEEKS and one.after_p95 is not None and one.exact
    ]
    rules.reverse()
    for place, rule in enumerate(rules):
        one = found.detectors[rule]
        if one.after_p50 is None or one.after_p95 is None:
            continue
        axes.plot([one.after_p50 / 1000, one.after_p95 / 1000], [place, place], color=FOUND)
        axes.plot(one.after_p50 / 1000, place, "o", color=FOUND, markersize=5)
        axes.plot(one.after_p95 / 1000, place, "|", color=FOUND, markersize=9)
    axes.axvspan(5, 10, color="#dfe8e5", zorder=0)
    axes.set_yticks(range(len(rules)), rules, fontsize=8)
    axes.set_xlim(0, 12)
    axes.set_xlabel("seconds (point: half of the alerts; bar: 95 of 100)")
    axes.set_title("Written after the rule's instant: 5 s of lateness, a tick every 5 s")


def _curve(axes: Any, curve: Curve) -> None:
    false = [point[2] for point in curve.points]
    recall = [point[1] for point in curve.points]
    axes.plot(false, recall, "-o", color=FOUND, markersize=4)
    for value, right, wrong in curve.points:
        place = {"xytext": (3, -9), "textcoords": "offset points"}
        axes.annotate(f"{value:g}", (wrong, right), size=7, **place)
    right, wrong = curve.at_default
    axes.plot(wrong, right, "o", color=FALSE, markersize=8, fillstyle="none")
    axes.axhline(0.9, color="#999999", linewidth=0.6)
    axes.axvline(1.0, color="#999999", linewidth=0.6)
    axes.set_ylim(0, 1.05)
    axes.set_xlim(0, max(1.2, *(wrong * 1.1 for wrong in false)))
    axes.set_title(f"{curve.rule} by {curve.key}", fontsize=9)
    axes.set_xlabel("false alerts per clinician and day", fontsize=8)
    axes.set_ylabel("recall", fontsize=8)
