"""One person's weeks for a scenario: what is expected, how it went, what staff did, and the truth.

Days and times are those of the person's time zone; sessions are told of eight days ahead, and
how they went a quarter of an hour after they ended.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from producers.simulator.truth import Truth
from streams.events import (
    HOUR,
    MINUTE,
    CareActed,
    EnrolmentChanged,
    Millis,
    ParticipantEvent,
    SessionAttended,
    SessionExpected,
)

ZONE = "America/New_York"
FIRST_MONDAY = date(2026, 3, 16)
"""After the clocks went forward; the weeks that a seed chooses do not reach their going back."""
OUTCOMES = {
    "A": "attended",
    "M": "missed",
    "E": "excused",
    "C": "could_not_connect",
    "P": "partial",
    "I": "in_person",
    "N": "not_held",
    "U": "unknown",
}
MEASURED = (
    "drops",
    "lost_ms",
    "poor_ms",
    "reconnects",
    "privacy_reports",
    "technical_reports",
    "crisis_reports",
)
WEEKDAYS = (0, 2, 4)


class Weeks:
    """`monday`: the first week; chosen by the seed if not said."""

    def __init__(self, seed: int, name: str, who: str = "p1", monday: date | None = None) -> None:
        self.random = Random(f"{name}/{seed}/{who}")  # noqa: S311 - invented people, no secret
        self.truth: list[Truth] = []
        self.who = who
        self.monday = monday or FIRST_MONDAY + timedelta(weeks=self.random.randrange(12))
        self.hour = self.random.choice((9, 10, 13, 17))
        self.program = "iop"
        self.hours: float | None = 9.0
        self.told: list[tuple[Millis, ParticipantEvent]] = []
        self.until: Millis = 0
        """When the scenario is over, where something happens after the last thing told."""
        self.ends: list[Millis] = []
        """When each session of `sessions` ended, in their order."""

    def at(self, day: date, hours: float = 0) -> Millis:
        """So many hours by that day's clock."""
        then = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(ZONE))
        return int((then + timedelta(hours=hours)).timestamp() * 1000)

    def day(self, week: int, weekday: int) -> date:
        return self.monday + timedelta(weeks=week, days=weekday)

    # --- what must be said ------------------------------------------------------------------

    def expects(self, rule: str, at: Millis, until: Millis | None = None) -> None:
        """At the very instant, or up to a later one."""
        self.truth.append(
            Truth(
                session_id="",
                habit="",
                rule=rule,
                participant_id=self.who,
                earliest=at,
                latest=at if until is None else until,
            )
        )

    # --- what happens -----------------------------------------------------------------------

    def _add(self, made: Any, arrives: Millis, ts: Millis, **fields: Any) -> None:
        name = f"{self.who}-{len(self.told)}"
        self.told.append((arrives, made(id=name, ts=ts, participant_id=self.who, **fields)))

    def enrolled(self, day: date, state: str = "active") -> None:
        ts = self.at(day)
        self._add(EnrolmentChanged, ts, ts, state=state, from_=ts)

    def acts(self, kind: str, result: str, at: Millis) -> None:
        self._add(CareActed, at, at, kind=kind, result=result, by="dr")

    def expected(self, day: date, hours: float = 3, status: str = "scheduled") -> Millis:
        """A session on the schedule. Returns when it ends."""
        begin = self.at(day, self.hour)
        end = begin + round(hours * HOUR)
        told = begin - 8 * 24 * HOUR
        if status != "scheduled":
            told = begin - 2 * HOUR
        times = {"starts_at": begin, "ends_at": end, "status": status}
        self._add(SessionExpected, told, told, **self._session(day), **times)
        return end

    def session(self, day: date, how: str = "A", hours: float = 3, **figures: Any) -> Millis:
        """A session, and how it went, by its letter. Returns when it ended."""
        end = self.expected(day, hours)
        self.attended(day, end, how, hours, **figures)
        self.ends.append(end)
        return end

    def attended(self, day: date, end: Millis, how: str, hours: float, **figures: Any) -> None:
        outcome = OUTCOMES[how]
        length = round(hours * HOUR)
        there = {"attended": length, "partial": length // 2}.get(outcome, 0)
        whole = {
            "revision": 0,
            "scheduled_ms": length,
            "held_ms": length,
            "present_ms": there,
            "outcome": outcome,
            **dict.fromkeys(MEASURED, 0),
        }
        arrives = end + 15 * MINUTE + self.random.randint(0, 5_000)
        self._add(SessionAttended, arrives, end, **self._session(day), **(whole | figures))

    def _session(self, day: date) -> dict[str, Any]:
        return {
            "session_id": f"{self.who}.{day}",
            "program_id": self.program,
            "kind": "group",
            "time_zone": ZONE,
            "prescribed_hours_per_week": self.hours,
            "clinician_id": "dr",
        }

    def history(self, hows: str, *, every: Iterable[int] = WEEKDAYS, **figures: Any) -> None:
        """Sessions of three hours, one a letter, on these weekdays; "." for none."""
        for day, how in zip(self.days(every), hows, strict=False):
            if how != ".":
                self.session(day, how, **figures)

    def days(self, every: Iterable[int] = WEEKDAYS) -> Iterator[date]:
        week, weekdays = 0, tuple(every)
        while True:
            for weekday in weekdays:
                yield self.day(week, weekday)
            week += 1

    def ends_at(self) -> Millis:
        """When the scenario is over: a little after the last thing told, if not said."""
        return self.until or max(at for at, _ in self.told) + HOUR
