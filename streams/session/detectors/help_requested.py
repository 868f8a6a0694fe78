"""Help requested: the person asked for a human. Judged at once; only a person closes it."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from streams.episodes import Audience, Episode
from streams.session.detectors import crisis_reported
from streams.session.facts import Person

TOLD: Audience = {"host": "high", "on_duty": "high", "outreach": "high"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    pass


def episodes(person: Person, people: Iterable[Person]) -> Iterator[Episode]:
    return crisis_reported.reports(person, people, "help", TOLD)
