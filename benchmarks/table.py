"""Tables and figures, printed the same by every benchmark."""

import os
import platform
from collections.abc import Iterable, Sequence


def show(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """One table, its first column to the left."""
    texts = [list(columns), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[place]) for row in texts) for place in range(len(columns))]
    print(f"\n{title} ({machine()})")
    for number, row in enumerate(texts):
        first, *rest = row
        cells = [first.ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)]
        print("  " + "  ".join(cells))
        if number == 0:
            print("  " + "  ".join("-" * width for width in widths))


def machine() -> str:
    """What the figures were measured on, and how busy it was with other things."""
    busy = os.getloadavg()[0]
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, load {busy:.1f}"


def rate(count: int, seconds: float) -> str:
    """Per second, with separators."""
    return f"{count / seconds:,.0f}"


def percentile(values: Sequence[float], share: float) -> float:
    """The value below or at which this share of the values lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * round(share * 1000) // 1000) - 1)]
