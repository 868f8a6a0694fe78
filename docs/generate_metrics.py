"""Writes `docs/metrics.md` from the registry: `python -m docs.generate_metrics`."""

from pathlib import Path
from typing import Final

from prometheus_client.metrics import MetricWrapperBase

from streams import metrics

TARGET: Final = Path(__file__).parent / "metrics.md"
HEAD: Final = """# Metrics

Made from `streams/metrics.py` by `python -m docs.generate_metrics`; do not edit.

Every process serves its own at `/metrics` on its port, with those of the Python process
(`process_*`, `python_*`) beside them. No label names a person or a session, and nothing is
measured per member of staff. Durations are seconds of the wall clock, in a simulation too.

| metric | kind | labels | meaning |
| --- | --- | --- | --- |
"""
LABELS: Final = """
## Labels

| label | values |
| --- | --- |
"""


def generated() -> str:
    ours = [m for m in vars(metrics).values() if isinstance(m, MetricWrapperBase)]
    rows = "".join(_row(metric) for metric in ours)
    labels = "".join(f"| `{name}` | {values} |\n" for name, values in metrics.LABELS.items())
    return HEAD + rows + LABELS + labels


def _row(metric: MetricWrapperBase) -> str:
    [family] = metric.describe()
    ending = "_total" if family.type == "counter" else ""
    labels = ", ".join(f"`{name}`" for name in metric._labelnames)
    return f"| `{family.name}{ending}` | {family.type} | {labels} | {family.documentation} |\n"


if __name__ == "__main__":
    TARGET.write_text(generated(), encoding="utf-8")
