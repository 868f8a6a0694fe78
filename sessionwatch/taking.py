"""What playing a log gives, kept small enough for ten million events and to be sent around."""

from collections import Counter
from collections.abc import Iterator
from typing import TypeAlias

from msgspec import Struct, field

from streams.events import Millis, PresenceCounted, SessionAttended, Signal
from streams.participant.monitor import Step as PeopleStep
from streams.session.counting import COUNTED_EVERY
from streams.session.monitor import Step

IDLE_COUNTS = 60
"""Of nobody's presence in a row (10 s each), after which no further one is kept: no incident
stands by then."""

Place: TypeAlias = tuple[str, int]
"""A file, and the number of a line or row in it, from 1 on."""


class Keep(Struct, frozen=True):
    """What is kept besides signals and counts: records that could not be used; attendance."""

    letters: bool = False
    attended: bool = False


class Run(Struct):
    """Counts with the same figures, each `COUNTED_EVERY` after the one before."""

    count: PresenceCounted
    until: Millis

    def counts(self, partition: int) -> Iterator[PresenceCounted]:
        """All of them, as that partition's."""
        one = self.count
        for ts in range(one.ts, self.until + 1, COUNTED_EVERY):
            yield PresenceCounted(
                ts=ts, partition=partition, rooms=one.rooms, people=one.people, by=one.by
            )


class Played(Struct):
    """All that a track caused under one set of rules."""

    signals: list[Signal] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    attended: list[SessionAttended] = field(default_factory=list)
    hours: dict[str, set[int]] = field(default_factory=dict)
    """By program, the hours since the epoch in which sessions were planned."""
    letters: list[tuple[bytes, str]] = field(default_factory=list)
    """Records that could not be used, and the reason's code."""
    unused: Counter[str] = field(default_factory=Counter)
    first: dict[str, Place] = field(default_factory=dict)
    """By reason, where the first record was that could not be used."""
    events: int = 0


class Taking:
    """Sorts what steps cause."""

    def __init__(self, keep: Keep) -> None:
        self.played = Played()
        self._keep = keep
        self._idle = 0
        self._left: PresenceCounted | None = None

    def step(self, step: Step, line: bytes, place: Place) -> None:
        for one in step.signals:
            if isinstance(one, Signal):
                self.played.signals.append(one)
            else:
                self._count(one)
        if self._keep.attended and step.attended:
            self.played.attended += step.attended
        if step.rejected or step.failed:
            for reason in (*step.rejected, *(reason for _, reason in step.failed)):
                self.refuse(line, reason, place)

    def judged(self, step: PeopleStep, line: bytes, place: Place) -> None:
        """A step of a person's weeks."""
        self.played.signals += step.signals
        for reason in (*step.rejected, *(reason for _, reason in step.failed)):
            self.refuse(line, reason, place)

    def refuse(self, line: bytes, reason: str, place: Place) -> None:
        self.played.unused[reason] += 1
        self.played.first.setdefault(reason, place)
        if self._keep.letters:
            self.played.letters.append((line, reason))

    def done(self, events: int, hours: dict[str, set[int]]) -> Played:
        if self._left is not None:
            self._add(self._left)
        self.played.events, self.played.hours = events, hours
        return self.played

    def _count(self, one: PresenceCounted) -> None:
        self._idle = 0 if one.people else self._idle + 1
        if self._idle <= IDLE_COUNTS:
            self._add(one)
            self._left = None
        else:
            self._left = one  # the last one all the same: others wait for its instant

    def _add(self, one: PresenceCounted) -> None:
        if self.played.runs:
            run = self.played.runs[-1]
            if one.ts == run.until + COUNTED_EVERY and _same(one, run.count):
                run.until = one.ts
                return
        self.played.runs.append(Run(one, one.ts))


def _same(one: PresenceCounted, other: PresenceCounted) -> bool:
    return one.people == other.people and one.rooms == other.rooms and one.by == other.by
