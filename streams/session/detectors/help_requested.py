"""Help requested: the person asked for a human. Judged at once; only a person closes it."""

from collections.abc import Iterable

from msgspec import Struct

from streams.episodes import Audience, Episode
from streams.session.detectors import crisis_reported
from streams.session.facts import Person
from streams.session.ledger import Report

KIND = "help"
TOLD: Audience = {"host": "high", "on_duty": "high", "outreach": "high"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    pass


def episode(person: Person, report: Report, people: Iterable[Person]) -> Episode:
    return crisis_reported.called(person, report, people, TOLD)
