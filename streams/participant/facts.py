"""What is true of one person's weeks as of an instant: what detectors ask.

Made by `as_of.py` from the ledger whenever something is to be judged; only the sessions of the
present episode of care are in it.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from msgspec import Struct, field

from streams.events import MINUTE, SECOND, Kind, Millis, Outcome
from streams.participant import days
from streams.participant.ledger import Past, Result

T = TypeVar("T")
PRESENT: frozenset[Outcome] = frozenset({"attended", "partial", "in_person"})
SEEN: frozenset[Outcome] = frozenset({"attended", "partial", "could_not_connect"})
SKIPPED: frozenset[Outcome] = frozenset({"could_not_connect", "excused", "unknown", "not_held"})
"""They neither count as missed nor reset anything."""
SETTLES_AFTER = 30 * MINUTE
"""After its end a session's outcome is surely there: it closes a quarter of an hour after it."""


class Session(Struct, frozen=True):
    """One session that is or was expected of the person. `outcome` only once it is known."""

    key: int
    starts_at: Millis
    ends_at: Millis
    day: date
    """The local day of its start."""
    week: date
    """The Monday of that day's week."""
    kind: Kind
    told_at: Millis
    changed_at: Millis
    status: str
    outcome: Outcome | None
    corrected: bool
    result: Result | None
    faulted: bool
    """An incident explains it, and staff said nothing else."""
    present: bool
    counted: bool
    """It counts for the person, as missed or as attended; on leave nobody misses anything."""
    measured: Result | None
    """What was measured of a session that the person came to, or tried to, by video."""
    hours: float | None
    """What was prescribed a week, as last said of this session."""

    @property
    def length(self) -> Millis:
        return self.ends_at - self.starts_at

    @property
    def attended(self) -> Millis:
        """Time attended; in person, by phone or by staff's word it is the whole session."""
        if not self.present:
            return 0
        seen = self.result.present * SECOND if self.result is not None else 0
        told = self.outcome == "in_person" or self.corrected or not seen
        return self.length if told and self.outcome != "partial" else min(seen, self.length)

    def planned_at(self, instant: Millis) -> bool:
        """Whether it was expected then, as known then."""
        if self.told_at > instant:
            return False
        return self.status == "scheduled" or self.changed_at > instant

    def off(self, instant: Millis) -> bool:
        """Not held, or not measured: nobody can be said to lack it. Also while only cancelled."""
        if self.outcome is not None:
            return self.outcome in ("not_held", "unknown") or self.faulted
        return self.status == "cancelled" and not self.planned_at(instant)


class Act(Struct, frozen=True):
    """What staff did about the person."""

    ts: Millis
    kind: str
    result: str


class Care(Struct, frozen=True):
    """The present episode of care. `pauses`: when the person ceased to be active, and why."""

    start: Millis
    known: bool
    """Whether its start was told; else it is the beginning of what is known."""
    active: tuple[tuple[Millis, Millis], ...]
    pauses: tuple[tuple[Millis, str], ...]
    next_change: Millis
    ended_before: Millis
    """When the episode of care before this one ended; 0 where there was none."""

    def active_at(self, instant: Millis) -> bool:
        return any(start <= instant < end for start, end in self.active)


class Person(Struct, frozen=True):
    """One person's weeks as of `at`."""

    at: Millis
    care: Care
    sessions: tuple[Session, ...]
    """Expected or attended, by their end."""
    judged: tuple[Session, ...]
    """Of them those whose outcome is known."""
    past: Past
    """Of this episode of care, what is no longer kept."""
    settled: Millis
    """Up to here everything stays as it was judged."""
    stood: Mapping[str, Millis]
    """The rules that stood then, since when."""
    acts: tuple[Act, ...]
    earlier_causes: tuple[tuple[Millis, str], ...]
    """Of a care fit review that nobody has recorded yet."""
    consents: bool
    """The person has not taken consent to `engagement` back."""
    inferring: bool
    """Whether signs of taking part may count: with consent, and where the program infers."""
    zone: str
    limits: Mapping[str, Any]
    """Every rule's thresholds in force: one rule may have to know another's."""
    _made: dict[str, Any] = field(default_factory=dict)

    @property
    def counted(self) -> list[Session]:
        return self.once("counted", lambda: [one for one in self.judged if one.counted])

    @property
    def in_a_row(self) -> list[Session]:
        """Those that count, without one missing in between; `past.missed` lie before the first."""
        since = self.past.counted_at
        return self.once("in_a_row", lambda: [one for one in self.counted if one.ends_at > since])

    @property
    def by_video(self) -> list[Session]:
        """The sessions attended whose begin and line were measured."""

        def made() -> list[Session]:
            return [one for one in self.judged if one.present and one.measured is not None]

        return self.once("by_video", made)

    @property
    def seen(self) -> list[Session]:
        """The sessions of which something was measured."""
        return self.once("seen", lambda: [one for one in self.judged if one.measured is not None])

    @property
    def first_at(self) -> Millis:
        """When the first session of this episode of care began; 0 without any."""
        begins = [self.sessions[0].starts_at] if self.sessions else []
        return min([self.past.first_at] if self.past.first_at else begins, default=0)

    def looks(self, sessions: Sequence[Session]) -> range:
        """How many of the sessions were over at each instant to judge: from the last settled one
        on, whose figures are those of what stood then."""
        over = bisect_right(sessions, self.settled, key=_end)
        return range(max(1, over), len(sessions) + 1)

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What several rules ask of the same person, made only once."""
        if name not in self._made:
            self._made[name] = make()
        found: T = self._made[name]
        return found

    def weeks(self) -> list[date]:
        """The Mondays of all weeks from the first session's to the present one."""
        if not self.sessions:
            return []
        week, last = self.sessions[0].week, days.week_of(days.day_of(self.at, self.zone))
        found = []
        while week <= last:
            found.append(week)
            week = days.day_after(week, 7)
        return found

    def of_week(self, week: date) -> list[Session]:
        def made() -> dict[date, list[Session]]:
            weeks: dict[date, list[Session]] = {}
            for session in self.sessions:
                weeks.setdefault(session.week, []).append(session)
            return weeks

        return self.once("of_week", made).get(week, [])

    def postpone(self, instant: Millis) -> Millis:
        """When it can be judged: not while a session runs, nor before its outcome is known."""
        for session in self.sessions:
            known = session.outcome is not None
            over = session.ends_at if known else session.ends_at + SETTLES_AFTER
            if session.starts_at <= instant < over and (known or session.planned_at(instant)):
                instant = over
        return instant

    def week_ends(self) -> list[tuple[date, Millis]]:
        """Each week and when it is judged as a whole; of the present one, when it will be."""

        def made() -> list[tuple[date, Millis]]:
            return [(week, self.postpone(days.week_end(week, self.zone))) for week in self.weeks()]

        return self.once("week_ends", made)


def _end(session: Session) -> Millis:
    return session.ends_at


def last(sessions: Sequence[Session], number: int) -> Sequence[Session]:
    return sessions[-number:] if number else ()


def share(sessions: Sequence[Session]) -> float:
    """Of sessions that count, the share that the person came to."""
    return sum(session.present for session in sessions) / len(sessions)
