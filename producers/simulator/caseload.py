"""A clinician's people over twelve weeks, at base rates: most as ever, in some something changes.

Three groups of three hours a week. Base rates: 17 % of telehealth visits missed (JAMA Netw Open),
3 to 5 % of later visits unable to connect, 20 % with some trouble (mhealth.amegroups.com 51710);
how much people differ, are late, tire and change was chosen.
"""

from itertools import islice
from typing import Any

from msgspec import Struct

from producers.simulator.scenarios.weeks import Weeks
from streams.events import MINUTE, Millis

WEEKS = 12
SESSIONS = 3 * WEEKS
CASELOAD = 24
"""People of one clinician: two groups of twelve; chosen."""
DAYS = 5 * WEEKS
"""Working days of a clinician in that time."""
CHANGED = ("falling_attendance", "often_late", "fatigue_trend", "drifting_away")
STEADY_SHARE = 0.6


class Manner(Struct, frozen=True):
    """How people are and change in general; the rules were tuned on the defaults."""

    missed: tuple[float, float] = (3, 15)
    """Of a beta distribution: 17 % on average."""
    late: tuple[float, float] = (1.2, 16)
    noise: float = 0.1
    """Of the fatigue index."""
    alike: float = 0.3
    """Its autocorrelation from session to session."""
    change: float = 1.0
    """How much of the change happens, where something changes."""


DEFAULT = Manner()


class Ways(Struct):
    """How a person is: shares of sessions, signs of taking part, and the fatigue index."""

    comes: float
    late: float
    early: float
    signs: float
    fatigue: float
    rising: float = 0.0
    """Of the index, a session."""


class Followed(Struct, frozen=True):
    """One person. `change`: the rule that should speak, if any, from the instant `since` on."""

    weeks: Weeks
    change: str | None
    since: Millis


def followed(seed: int, place: int, manner: Manner = DEFAULT) -> Followed:
    """One person; the same for the same seed, place and manner."""
    weeks = Weeks(seed, "caseload", f"c{place}")
    return _followed(weeks, _change(weeks), manner)


def by_chance(seed: int, place: int, sessions: int, comes: float, late: float = 0.0) -> Weeks:
    """A person of whom nothing but chance is to be told: each session is independent."""
    weeks = Weeks(seed, "chance", f"s{place}")
    for day in islice(weeks.days(), sessions):
        how = "A" if weeks.random.random() < comes else "M"
        minutes = 20 if weeks.random.random() < late else 0
        weeks.session(day, how, joined_late_ms=minutes * MINUTE)
    return weeks


def _change(weeks: Weeks) -> str | None:
    return None if weeks.random.random() < STEADY_SHARE else weeks.random.choice(CHANGED)


def _followed(weeks: Weeks, change: str | None, manner: Manner) -> Followed:
    random = weeks.random
    turns = random.randint(12, 18) if change else SESSIONS
    ways = Ways(
        comes=1 - random.betavariate(*manner.missed),
        late=random.betavariate(*manner.late),
        early=random.betavariate(1, 19),
        signs=random.uniform(0.2, 0.5),
        fatigue=random.uniform(0.2, 0.45),
    )
    noise, since = 0.0, 0
    for number, day in enumerate(islice(weeks.days(), SESSIONS)):
        if number == turns:
            ways, since = _changed(ways, change, manner.change), weeks.at(day)
        noise = manner.alike * noise + random.gauss(0, manner.noise)
        risen = ways.rising * min(max(0, number - turns), 12)
        fatigue = min(1.0, max(0.0, ways.fatigue + risen + noise))
        weeks.session(day, _outcome(weeks, ways), **_figures(weeks, ways, fatigue))
    return Followed(weeks, change, since)


def _changed(ways: Ways, change: str | None, much: float) -> Ways:
    """`much`: 1 is all of it, 0 none."""
    after = Ways(ways.comes, ways.late, ways.early, ways.signs, ways.fatigue)
    match change:
        case "falling_attendance":
            after.comes += much * (0.4 - ways.comes)
        case "often_late":
            after.late += much * (0.6 - ways.late)
        case "fatigue_trend":
            after.rising = much * 0.04
        case "drifting_away":
            after.comes -= much * 0.3
            after.late += much * (0.5 - ways.late)
            after.early += much * (0.4 - ways.early)
            after.signs *= 1 - 0.4 * much
    return after


def _outcome(weeks: Weeks, ways: Ways) -> str:
    random = weeks.random
    if random.random() < 0.04:
        return "C"
    if random.random() < 0.02:
        return "E"
    return "A" if random.random() < ways.comes else "M"


def _figures(weeks: Weeks, ways: Ways, fatigue: float) -> dict[str, Any]:
    random = weeks.random
    figures: dict[str, Any] = {"fatigue_index": round(fatigue, 3)}
    taking_part = ways.signs * random.uniform(0.7, 1.3)
    figures["parts"] = [{"speaking": round(taking_part, 3)}]
    if random.random() < ways.late:
        figures["joined_late_ms"] = random.randint(11, 30) * MINUTE
    if random.random() < ways.early:
        figures["left_early_ms"] = random.randint(16, 60) * MINUTE
    if random.random() < 0.1:
        figures["drops"] = random.choice((1, 1, 1, 2))
        figures["poor_ms"] = random.randint(0, 12) * MINUTE
    if random.random() < 0.03:
        figures["privacy_reports"] = 1
    return figures
