"""Privacy reported: the person is not alone. A fact; nobody phones, somebody may listen."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from streams.episodes import Audience, Episode, Evidence
from streams.events import Millis
from streams.session.facts import Person

TOLD: Audience = {"clinician": "warning"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class PrivacyReported(Evidence, frozen=True):
    at: Millis
    reports_30d: int | None


def episodes(person: Person, people: Iterable[Person]) -> Iterator[Episode]:
    told = [report for report in person.reports if report.kind == "privacy"]
    for number, report in enumerate(told, start=1):
        before = person.profile.privacy_30d if person.profile else None
        count = None if before is None else before + number
        yield Episode(report.ts, None, TOLD, PrivacyReported(report.ts, count))
