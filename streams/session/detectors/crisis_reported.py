"""Crisis reported: the person pressed the button. Judged at once; only a person closes it.

Every report is an alert of its own, and nothing holds it back.
"""

from collections.abc import Iterable

from msgspec import Struct

from streams.episodes import Audience, Episode, Evidence
from streams.events import Millis
from streams.session.facts import Person
from streams.session.ledger import Report

KIND = "crisis"
TOLD: Audience = {"host": "critical", "on_duty": "critical", "outreach": "critical"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Reported(Evidence, frozen=True):
    """`report` is the event's id: by it the join page knows which of its reports was seen."""

    report: str
    at: Millis
    connected: bool
    left_at: Millis | None
    host_present: bool


def episode(person: Person, report: Report, people: Iterable[Person]) -> Episode:
    return called(person, report, people, TOLD)


def called(person: Person, report: Report, people: Iterable[Person], told: Audience) -> Episode:
    """A call of the person, and who was connected then."""
    connected = person.connected(report.ts)
    ends = [one.end for one in person.connections if one.end <= report.ts]
    evidence = Reported(
        report=report.id,
        at=report.ts,
        connected=connected,
        left_at=None if connected else max(ends, default=None),
        host_present=any(one.is_host and one.connected(report.ts) for one in people),
    )
    return Episode(report.ts, None, told, evidence)
