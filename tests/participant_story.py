"""One person's weeks as a test tells them: what is expected, how it went, what staff did.

Days and times are those of the story's time zone. Everything is put on one log at the instants at
which it arrives, with ticks in between, and played to a monitor.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from streams.codec import encode, participant_events
from streams.events import (
    HOUR,
    MINUTE,
    AttendanceCorrected,
    CareActed,
    ClockTicked,
    ConsentChanged,
    EnrolmentChanged,
    ParticipantEvent,
    SessionAttended,
    SessionExpected,
    Signal,
)
from streams.participant.monitor import Monitor, Step
from streams.rules import Rules, load

RULES = load()
WHO = "pat"
ZONE = "America/New_York"
DAY = timedelta(days=1)
OUTCOMES = {"A": "attended", "M": "missed", "E": "excused", "C": "could_not_connect"}
OUTCOMES |= {"P": "partial", "I": "in_person", "N": "not_held", "U": "unknown"}


def ms(when: str, zone: str = ZONE) -> int:
    """`2026-11-02 13:00` in the zone; a day alone is its midnight."""
    return int(datetime.fromisoformat(when).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def when(ts: int, zone: str = ZONE) -> str:
    """The inverse of `ms`."""
    return f"{datetime.fromtimestamp(ts / 1000, ZoneInfo(zone)):%Y-%m-%d %H:%M}"


class Said:
    """A signal as a test names it: only the figures it mentions are compared."""

    def __init__(self, status: str, rule: str, at: str, **figures: Any) -> None:
        self.status, self.rule, self.at, self.figures = status, rule, at, figures

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Signal):
            return NotImplemented
        same = (other.status, other.rule, when(other.ts)) == (self.status, self.rule, self.at)
        return same and all(
            (getattr(other, key) if key in ("severity", "audience") else other.evidence.get(key))
            == value
            for key, value in self.figures.items()
        )

    __hash__ = None

    def __repr__(self) -> str:
        return f"{self.status}({self.rule!r}, {self.at!r}, {self.figures})"


def raised(rule: str, at: str, **figures: Any) -> Said:
    return Said("raised", rule, at, **figures)


def updated(rule: str, at: str, **figures: Any) -> Said:
    return Said("updated", rule, at, **figures)


def cleared(rule: str, at: str, **figures: Any) -> Said:
    return Said("cleared", rule, at, **figures)


class Weeks:
    """Collects one person's events, each with the instant at which it arrives."""

    def __init__(
        self,
        zone: str = ZONE,
        *,
        hours: float | None = 9,
        rules: Rules = RULES,
        who: str = WHO,
    ) -> None:
        self.zone, self.hours, self.rules, self.who = zone, hours, rules, who
        self.log: list[tuple[int, ParticipantEvent]] = []
        self.kind = "group"

    def _add(self, made: type, ts: int, arrives: int, **fields: Any) -> "Weeks":
        id_ = f"{self.who}-{made.__name__}-{len(self.log)}"
        self.log.append((arrives, made(id=id_, ts=ts, participant_id=self.who, **fields)))
        return self

    def ms(self, told: str) -> int:
        return ms(told, self.zone)

    def _span(self, start: str, hours: float) -> tuple[int, int]:
        began = self.ms(start)
        return began, began + round(hours * HOUR)

    def _session(self, start: str) -> dict[str, Any]:
        return {
            "session_id": f"s-{start.replace(' ', '-').replace(':', '')}",
            "program_id": "iop",
            "kind": self.kind,
            "time_zone": self.zone,
            "prescribed_hours_per_week": self.hours,
            "clinician_id": "dr",
        }

    def enrolled(self, day: str, state: str = "active", told: str | None = None) -> "Weeks":
        ts = self.ms(told or day)
        return self._add(EnrolmentChanged, ts, ts, state=state, from_=self.ms(day))

    def expects(
        self,
        start: str,
        *,
        hours: float = 3,
        status: str = "scheduled",
        told: str | None = None,
        moved_to: str | None = None,
    ) -> "Weeks":
        """Told eight days ahead, or at `told`."""
        began, ended = self._span(moved_to or start, hours)
        ts = self.ms(told) if told else began - 8 * 24 * HOUR
        times = {"starts_at": began, "ends_at": ended, "status": status}
        return self._add(SessionExpected, ts, ts, **self._session(start), **times)

    def went(
        self,
        start: str,
        how: str = "A",
        *,
        hours: float = 3,
        revision: int = 0,
        arrives: str | None = None,
        **figures: Any,
    ) -> "Weeks":
        """The outcome by its letter, or in full; it arrives when the session closes."""
        began, ended = self._span(start, hours)
        outcome = OUTCOMES.get(how, how)
        there = {"attended": ended - began, "partial": (ended - began) // 2}.get(outcome, 0)
        whole = {
            "revision": revision,
            "scheduled_ms": ended - began,
            "held_ms": ended - began,
            "present_ms": there,
            "outcome": outcome,
            **dict.fromkeys(("drops", "lost_ms", "poor_ms", "reconnects"), 0),
            **dict.fromkeys(("privacy_reports", "technical_reports", "crisis_reports"), 0),
        }
        at = self.ms(arrives) if arrives else ended + 15 * MINUTE
        return self._add(SessionAttended, ended, at, **self._session(start), **(whole | figures))

    def session(self, start: str, how: str = "A", *, hours: float = 3, **figures: Any) -> "Weeks":
        """Expected, and how it went."""
        return self.expects(start, hours=hours).went(start, how, hours=hours, **figures)

    def history(self, first: str, hows: str, *, every: Iterable[int] = (0, 2, 4)) -> "Weeks":
        """Sessions from 10:00 to 13:00 from the week of `first` on, one a letter; "." for none.

        `every` are the weekdays, 0 is Monday.
        """
        for start, how in zip(starts(first, every), hows, strict=False):
            if how != ".":
                self.session(start, how)
        return self

    def corrects(self, start: str, how: str, at: str) -> "Weeks":
        ts = self.ms(at)
        said = {"outcome": OUTCOMES.get(how, how), "reason_code": "wrong_person", "by": "dr"}
        session_id = self._session(start)["session_id"]
        return self._add(AttendanceCorrected, ts, ts, session_id=session_id, **said)

    def acts(self, kind: str, result: str, at: str) -> "Weeks":
        ts = self.ms(at)
        return self._add(CareActed, ts, ts, kind=kind, result=result, by="dr")

    def consents(self, granted: bool, at: str) -> "Weeks":
        ts, scope = self.ms(at), "engagement"
        return self._add(ConsentChanged, ts, ts, scope=scope, granted=granted, notice_version="1")

    # --- what comes of it -----------------------------------------------------------------------

    def play(self, until: str, tick: int = HOUR) -> list[Step]:
        return play(self.events(self.ms(until), tick), self.rules)

    def events(self, until: int, tick: int = HOUR) -> list[ParticipantEvent]:
        return logged(self.log, until, tick)

    def signals(self, until: str, *rules: str) -> list[Signal]:
        """Those of some rules, or all, in the order written."""
        told = [signal for step in self.play(until) for signal in step.signals]
        return [signal for signal in told if not rules or signal.rule in rules]


def logged(
    log: Iterable[tuple[int, ParticipantEvent]], until: int, tick: int
) -> list[ParticipantEvent]:
    """All that arrived before `until`, and ticks, also a minute after each event."""
    arrived = sorted((one for one in log if one[0] < until), key=lambda one: one[0])
    first = arrived[0][0]
    ticks = {*range(first - first % tick, until, tick), until}
    ticks |= {at - at % MINUTE + 2 * MINUTE for at, _ in arrived}
    timed = [(ts, 1, tick_at(ts)) for ts in sorted(ticks)]
    timed += [(at, 0, event) for at, event in arrived]
    return [event for *_, event in sorted(timed, key=lambda one: one[:2])]


def starts(first: str, every: Iterable[int] = (0, 2, 4), at: str = "10:00") -> Iterable[str]:
    """Session starts on these weekdays, from the week of `first` on, never before it."""
    begin = date.fromisoformat(first)
    monday, days = begin - begin.weekday() * DAY, tuple(every)
    while True:
        for weekday in days:
            if monday + weekday * DAY >= begin:
                yield f"{monday + weekday * DAY} {at}"
        monday += 7 * DAY


def tick_at(ts: int) -> ClockTicked:
    return ClockTicked(id=str(ts // 1000), ts=ts)


def play(
    events: Iterable[ParticipantEvent], rules: Rules = RULES, restart: Iterable[int] = ()
) -> list[Step]:
    """What one monitor says; before each record in `restart` it begins anew from its state.

    Every event goes through the codec. A step that failed fails the test.
    """
    monitor, kept, places = Monitor(0, rules), {}, set(restart)
    steps = []
    for offset, event in enumerate(events):
        if offset in places:
            monitor = Monitor(0, rules)
            monitor.restore(kept)
        step = monitor.apply(participant_events.decode(encode(event)), offset)
        assert not step.failed
        for key in step.changed:
            kept[key] = monitor.stored(key)
        for key in step.dropped:
            del kept[key]
        steps.append(step)
    return steps
