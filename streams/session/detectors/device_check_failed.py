"""Device check failed: there is still time to help before the session. A list, no notice.

Half an hour before the start; where a check is required, also when none was done in the first
three sessions.
"""

from collections.abc import Iterator

from msgspec import Struct

from streams.episodes import NEVER, Audience, Episode, Evidence
from streams.events import MINUTE, Device, Millis
from streams.session.facts import Person, Room
from streams.session.ledger import Check

TOLD: Audience = {"tech": "warning"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    lead_minutes: int = 30
    required: bool = False
    first_sessions: int = 3


class DeviceCheckFailed(Evidence, frozen=True):
    checked_at: Millis | None
    failures: list[str]
    device: Device | None
    lead_minutes: int
    sessions: int | None
    """Attended so far, and below how many a check is asked for: where none was done."""
    sessions_limit: int | None


def episodes(person: Person, room: Room, limits: Thresholds) -> Iterator[Episode]:
    if person.exempt is not None or room.off:
        return
    due = max(room.starts_at - limits.lead_minutes * MINUTE, person.added_at)
    joined = min((one.start for one in person.connections), default=NEVER)
    for since, until, check in _failing(person, room, limits):
        raised, cleared = max(since, due), min(until, joined)
        if raised >= min(cleared, room.starts_at):
            continue
        evidence = DeviceCheckFailed(
            checked_at=check.ts if check else None,
            failures=list(check.failures) if check else [],
            device=check.device if check else person.device,
            lead_minutes=limits.lead_minutes,
            sessions=person.profile.sessions if person.profile and not check else None,
            sessions_limit=None if check else limits.first_sessions,
        )
        yield Episode(raised, cleared if cleared < NEVER else None, TOLD, evidence)


def _failing(
    person: Person, room: Room, limits: Thresholds
) -> Iterator[tuple[Millis, Millis, Check | None]]:
    """While the last check had failed, or was still to be done."""
    since = 0 if limits.required and _new(person, limits) else None
    failed: Check | None = None
    for check in person.checks:
        if check.passed:
            if since is not None:
                yield since, check.ts, failed
            since, failed = None, None
        elif check.ts < room.starts_at:
            since, failed = check.ts if since is None else since, check
    if since is not None:
        yield since, NEVER, failed


def _new(person: Person, limits: Thresholds) -> bool:
    return person.profile is not None and person.profile.sessions < limits.first_sessions
