"""The readings of the fatigue index so far, each told once.

A reading depends only on facts up to its instant, so it holds until a late fact, or what the
whole room goes by, changes.
"""

from array import array
from collections.abc import Iterable
from typing import Any

from streams.episodes import NEVER
from streams.events import Millis
from streams.session import fatigue
from streams.session.facts import Person, Room
from streams.session.ledger import BLOCK


class Looks:
    """Of one room."""

    __slots__ = ("readings",)

    def __init__(self) -> None:
        self.readings: dict[str, array[int]] = {}
        """By person, a code for each look so far."""

    def forget(self, people: Iterable[str] | None = None) -> None:
        """These people's readings; everybody's without."""
        if people is None:
            self.readings = {}
            return
        for name in people:
            self.readings.pop(name, None)

    def look(self, room: Room, at: Millis, limits: Any) -> None:
        """Tell what is still to be told up to `at`; `limits` are those of `screen_fatigue`."""
        if not _worth_it(room.people.values()):
            return
        instants = fatigue.looks(room, at)
        for name, person in room.people.items():
            if not person.patient or person.is_host:
                continue
            codes = self.readings.get(name)
            if codes is None:
                codes = self.readings[name] = array("h")
            for instant in instants[len(codes) :]:
                told = fatigue.reading(person, room, instant, limits)
                codes.append(fatigue.UNTOLD if told is None else told.code)

    @staticmethod
    def due(room: Room | None, after: Millis) -> Millis:
        """The next look, while there is something to look at; else `NEVER`."""
        if room is None or after >= room.ends_at or not _worth_it(room.people.values()):
            return NEVER
        return after - after % BLOCK + BLOCK


def _worth_it(people: Iterable[Person]) -> bool:
    return any(one.engagement.blocks or (one.reports and _tired(one)) for one in people)


def _tired(person: Person) -> bool:
    return any(report.kind == "fatigue" for report in person.reports)
