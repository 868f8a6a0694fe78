"""Tech requested: the person pressed "something does not work". Judged at once."""

from collections.abc import Iterable

from msgspec import Struct

from streams.episodes import Audience, Episode, Evidence
from streams.events import Device, Millis, Network
from streams.session.facts import Person
from streams.session.ledger import Report

KIND = "technical"
TOLD: Audience = {"tech": "high", "host": "info"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class TechRequested(Evidence, frozen=True):
    """`report` as in `crisis_reported.Reported`."""

    report: str
    at: Millis
    connected: bool
    device: Device | None
    network: Network | None


def episode(person: Person, report: Report, people: Iterable[Person]) -> Episode:
    connected = person.connected(report.ts)
    evidence = TechRequested(report.id, report.ts, connected, person.device, person.network)
    return Episode(report.ts, None, TOLD, evidence)
