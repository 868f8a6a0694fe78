"""Left after crisis: somebody who called for help is gone. Nothing holds it back, no break either.

Fifteen seconds: a reload takes ten. Only the platform's own end of the session explains it, and
no longer than that end stands: when others come in again, the one who called must be among them.
"""

from collections.abc import Iterator
from itertools import pairwise

from msgspec import Struct

from streams.episodes import NEVER, Audience, Episode, Evidence
from streams.events import SECOND, LeaveReason, Millis
from streams.session.facts import Person, Room
from streams.session.ledger import Report
from streams.session.presence import union

TOLD: Audience = {"on_duty": "critical", "host": "critical", "supervisor": "critical"}
CALLS = frozenset({"crisis", "help"})


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    return_seconds: int = 15


class LeftAfterCrisis(Evidence, frozen=True):
    kind: str
    reported_at: Millis
    left_at: Millis
    left_reason: LeaveReason
    return_seconds: int


def episodes(person: Person, room: Room, limits: Thresholds) -> Iterator[Episode]:
    calls = [report for report in person.reports if report.kind in CALLS]
    if not calls:
        return
    spans = union((one.start, one.end) for one in person.connections)
    for (_, gone), following in pairwise([*spans, (NEVER, NEVER)]):
        call = _before(calls, gone)
        if call is None or gone >= room.ends_at:
            continue
        reason = next(one.reason for one in reversed(person.connections) if one.end == gone)
        due = _due(call, gone, reason, room, limits.return_seconds * SECOND)
        if following[0] <= due or due == NEVER:
            continue
        back = following[0] if following[0] < NEVER else None
        evidence = LeftAfterCrisis(call.kind, call.ts, gone, reason, limits.return_seconds)
        yield Episode(due, back, TOLD, evidence)


def _due(call: Report, gone: Millis, reason: LeaveReason, room: Room, delay: Millis) -> Millis:
    """After the delay; `NEVER` where the platform's end of the session explains it. An end that
    lifts, since people come in again, explains it only so long."""
    due = gone + delay
    if reason != "ended" and not any(call.ts <= ts <= due for ts in room.ended):
        return due
    spans = [span for one in room.endings if call.ts <= one.at <= due for span in one.known]
    lifted = max((end for _, end in spans), default=NEVER)
    return max(due, lifted + delay) if lifted < NEVER else NEVER


def _before(calls: list[Report], instant: Millis) -> Report | None:
    """The gravest of the calls so far, the first of them."""
    so_far = [call for call in calls if call.ts <= instant]
    return next((call for call in so_far if call.kind == "crisis"), next(iter(so_far), None))
