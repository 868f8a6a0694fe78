"""Privacy reported: the person is not alone. A fact; nobody phones, somebody may listen."""

from collections.abc import Iterable

from msgspec import Struct

from streams.episodes import Audience, Episode, Evidence
from streams.events import Millis
from streams.session.facts import Person
from streams.session.ledger import Report

KIND = "privacy"
TOLD: Audience = {"clinician": "warning"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class PrivacyReported(Evidence, frozen=True):
    at: Millis
    reports_30d: int | None


def episode(person: Person, report: Report, people: Iterable[Person]) -> Episode:
    before = person.profile.privacy_30d if person.profile else None
    earlier = [one for one in person.reports if one.kind == KIND and one.ts < report.ts]
    count = None if before is None else before + len(earlier) + 1
    return Episode(report.ts, None, TOLD, PrivacyReported(report.ts, count))
