"""The engagement parts of a session in short form, and the person's own usual of them.

Parts come by half hour of a session, only with consent (docs/contract.md, session.attended).
"""

from collections.abc import Iterable, Sequence
from statistics import fmean, median
from typing import Final

from streams.events import UsualPart

SIGNS: Final = {"speaking": 10.0, "chat": 1.0, "reactions": 1.0}
"""What counts as a sign of taking part, and for how much: a tenth of the time spoken, one message
and one reaction are one sign each."""
SCALES: Final = {"speaking": 1000}
"""Parts are kept as whole numbers: of hundredths, where nothing else is said."""
HUNDREDTHS: Final = 100


def scale(part: str) -> int:
    return SCALES.get(part, HUNDREDTHS)


def packed(parts: Sequence[dict[str, float]] | None, names: list[str]) -> list[list[int | None]]:
    """For each half hour the parts as whole numbers, in the order of `names`, which follow."""
    if not parts:
        return []
    for part in sorted({part for half_hour in parts for part in half_hour}):
        if part not in names:
            names.append(part)
    return [
        [round(half_hour[name] * scale(name)) if name in half_hour else None for name in names]
        for half_hour in parts
    ]


def signs(parts: Sequence[dict[str, float]] | None) -> int | None:
    """Signs of taking part in half an hour, in hundredths: the mean of those measured."""
    told = [
        sum(weight * half_hour[name] for name, weight in SIGNS.items() if name in half_hour)
        for half_hour in parts or ()
        if half_hour.keys() & SIGNS
    ]
    return round(fmean(told) * HUNDREDTHS) if told else None


def usual(sessions: Iterable[list[list[int | None]]], names: Sequence[str]) -> list[UsualPart]:
    """Median, MAD and count for each half hour and part."""
    known: dict[tuple[int, int], list[float]] = {}
    for session in sessions:
        for half_hour, values in enumerate(session):
            for part, value in enumerate(values):
                if value is not None:
                    known.setdefault((half_hour, part), []).append(value / scale(names[part]))
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
