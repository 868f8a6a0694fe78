"""No private place: the person said in several of the last sessions that they are not alone.

Nobody phones about one report, since somebody may listen; a pattern is for their clinician.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import ClassVar

from msgspec import Struct

from streams.bounds import Count, Order
from streams.episodes import Audience, Episode, Evidence
from streams.events import Millis
from streams.participant.facts import Person, Session
from streams.participant.judging import Holds, Look, Pattern, runs, several

TOLD: Audience = {"clinician": "warning"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    AT_MOST: ClassVar[Order] = {"reported_sessions": "last_sessions"}

    reported_sessions: Count = 2
    last_sessions: Count = 6
    quiet_sessions: Count = 4


class NoPrivatePlace(Evidence, frozen=True):
    reported: int
    dates: list[Millis]
    reported_sessions: int
    last_sessions: int
    quiet_sessions: int


def _said(session: Session) -> bool:
    return session.result is not None and session.result.privacy > 0


def episodes(person: Person, limits: Thresholds) -> list[Episode]:
    return person.once(
        "no_private_place",
        lambda: list(runs(person, "no_private_place", _looks(person, limits), "recovered")),
    )


def _looks(person: Person, limits: Thresholds) -> Iterator[Look]:
    pattern = Pattern(limits.reported_sessions, limits.last_sessions, limits.quiet_sessions)
    return several(person, person.by_video, _said, pattern, partial(_holds, limits))


def _holds(limits: Thresholds, said: Sequence[Session]) -> Holds:
    evidence = NoPrivatePlace(
        reported=len(said),
        dates=[one.starts_at for one in said],
        reported_sessions=limits.reported_sessions,
        last_sessions=limits.last_sessions,
        quiet_sessions=limits.quiet_sessions,
    )
    return Holds(TOLD, evidence)
