"""What the rules over weeks say of nothing but chance, against the figures computed for them."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from producers.simulator.caseload import by_chance
from producers.simulator.scenarios.weeks import Weeks
from sessionwatch.evaluation import Chance
from streams import rules
from streams.events import HOUR
from streams.participant import as_of
from streams.participant.detectors import falling_attendance, missed_in_a_row, often_late
from streams.participant.facts import Person
from streams.participant.ledger import RECORDERS, Ledger

SEED = 1
"""The detectors are asked directly, of all sessions: what was computed knows of no forgetting."""


def chances(people: int) -> list[Chance]:
    """Each over so many people, with the defaults where nothing else is said."""
    low, high = (_missed(people, 1 - share) for share in (0.17, 0.20))
    found = [
        Chance("two missed in a row within 12 sessions, 17 % missed", 0.25, 0.25, low[0], people),
        Chance("two missed in a row within 12 sessions, 20 % missed", 0.32, 0.32, high[0], people),
        Chance("three missed in a row within 12 sessions, 17 % missed", 0.04, 0.04, low[1], people),
        Chance(
            "three missed in a row within 12 sessions, 20 % missed", 0.07, 0.07, high[1], people
        ),
    ]
    for share, computed in ((0.10, 0.11), (0.15, 0.31), (0.20, 0.51)):
        what = f"often late within 24 sessions, late in {share * 100:.0f} %"
        told = _share(often_late, "often_late", people, 24, 1.0, share)
        found.append(Chance(what, computed, computed, told, people))
    for gap, computed in ((0.3, 0.48), (0.4, 0.28), (0.5, 0.14)):
        what = f"falling attendance by {gap:.2f} at a steady 80 %, sessions 18 to 34"
        more = {"gap": gap, "before_at_least": 12}
        told = _share(falling_attendance, "falling_attendance", people, 34, 0.8, 0.0, **more)
        found.append(Chance(what, computed, computed, told, people))
    return found


def _missed(people: int, comes: float) -> tuple[float, float]:
    """Shares with two, and with three missed in a row."""
    told = (
        _share(missed_in_a_row, "missed_in_a_row", people, 12, comes, 0.0, misses=misses)
        for misses in (2, 3)
    )
    return next(told), next(told)


def _share(
    module: Any, rule: str, people: int, sessions: int, comes: float, late: float, **moved: Any
) -> float:
    limits = rules.load().of("iop", "group")
    own = replace(limits[rule], **moved)
    told = 0
    for place in range(people):
        person = _person(by_chance(SEED, place, sessions, comes, late), limits)
        told += any(True for _ in module.episodes(person, own))
    return told / people


def _person(weeks: Weeks, limits: Mapping[str, Any]) -> Person:
    ledger = Ledger()
    for _, event in weeks.told:
        RECORDERS[type(event)](ledger, event)
    return as_of.person(ledger, weeks.ends_at() + 7 * 24 * HOUR, limits)
