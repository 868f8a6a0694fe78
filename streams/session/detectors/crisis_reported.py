"""Crisis reported: the person pressed the button. Judged at once; only a person closes it.

Every report is an alert of its own, and nothing holds it back.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from streams.episodes import Audience, Episode, Evidence
from streams.events import Millis
from streams.session.facts import Person

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


def episodes(person: Person, people: Iterable[Person]) -> Iterator[Episode]:
    return reports(person, people, "crisis", TOLD)


def reports(
    person: Person, people: Iterable[Person], kind: str, told: Audience
) -> Iterator[Episode]:
    """One episode for each report of that kind."""
    hosts = [one for one in people if one.is_host]
    for report in person.reports:
        if report.kind != kind:
            continue
        connected = person.connected(report.ts)
        ends = [one.end for one in person.connections if one.end <= report.ts]
        evidence = Reported(
            report=report.id,
            at=report.ts,
            connected=connected,
            left_at=None if connected else max(ends, default=None),
            host_present=any(one.connected(report.ts) for one in hosts),
        )
        yield Episode(report.ts, None, told, evidence)
