"""The engagement parts of a session in short form, and the person's own usual of them.

Parts come by half hour of a session, only with consent (docs/contract.md, session.attended).
"""

from collections.abc import Iterable, Sequence
from statistics import mean, median
from typing import Final

from streams.events import UsualPart

SIGNS: Final = ("speaking", "chat", "reactions", "polls")
"""Parts that count how much a person takes part; a part of any other name is only kept."""
SCALE: Final = 100
"""Parts are kept in hundredths."""


def packed(parts: Sequence[dict[str, float]] | None, names: list[str]) -> list[list[int | None]]:
    """For each half hour the parts in hundredths, in the order of `names`, which follow."""
    if not parts:
        return []
    for part in sorted({part for half_hour in parts for part in half_hour}):
        if part not in names:
            names.append(part)
    return [
        [round(half_hour[name] * SCALE) if name in half_hour else None for name in names]
        for half_hour in parts
    ]


def sign_share(parts: Sequence[dict[str, float]] | None) -> int | None:
    """The mean of all signs of taking part, in thousandths; None without any."""
    values = [half_hour[name] for half_hour in parts or () for name in SIGNS if name in half_hour]
    return round(mean(values) * 1000) if values else None


def usual(sessions: Iterable[list[list[int | None]]], names: Sequence[str]) -> list[UsualPart]:
    """Median, MAD and count for each half hour and part."""
    known: dict[tuple[int, int], list[float]] = {}
    for session in sessions:
        for half_hour, values in enumerate(session):
            for part, value in enumerate(values):
                if value is not None:
                    known.setdefault((half_hour, part), []).append(value / SCALE)
    return [
        UsualPart(half_hour, names[part], *_centre(values), len(values))
        for (half_hour, part), values in sorted(
            known.items(), key=lambda one: _order(one[0], names)
        )
    ]


def _order(place: tuple[int, int], names: Sequence[str]) -> tuple[int, str]:
    return place[0], names[place[1]]


def _centre(values: Sequence[float]) -> tuple[float, float]:
    """Median and median absolute deviation."""
    middle = median(values)
    return round(middle, 4), round(median(abs(value - middle) for value in values), 4)
