"""What a dashboard is made of. In a query `$on` stands for the dashboard's label filters."""

from typing import Literal

from msgspec import Struct

Unit = Literal["short", "s", "percentunit", "reqps", "eps", "bytes", "none"]


class Panel(Struct, frozen=True):
    """`queries` maps each series' legend to its PromQL; `width` is of 24 columns."""

    title: str
    description: str
    unit: Unit
    queries: dict[str, str]
    kind: Literal["timeseries", "stat"] = "timeseries"
    width: int = 8
    warn_above: float | None = None


class Row(Struct, frozen=True):
    title: str
    panels: tuple[Panel, ...]


class Dashboard(Struct, frozen=True):
    """`by_instance` adds a choice of the process, which only operations need."""

    uid: str
    title: str
    description: str
    rows: tuple[Row, ...]
    by_instance: bool


def quantile(share: float, histogram: str, by: str = "") -> str:
    """PromQL of a quantile of a classic histogram, over `by` as well as the buckets."""
    labels = f"le, {by}" if by else "le"
    rate = f"rate({histogram}_bucket{{$on}}[$__rate_interval])"
    return f"histogram_quantile({share}, sum by ({labels}) ({rate}))"


def rate(counter: str, by: str = "") -> str:
    """PromQL of a counter's rate a second."""
    grouped = f"sum by ({by})" if by else "sum"
    return f"{grouped} (rate({counter}{{$on}}[$__rate_interval]))"


def or_zero(query: str) -> str:
    """For what may never have happened: a line at 0 instead of an empty panel."""
    return f"{query} or vector(0)"
