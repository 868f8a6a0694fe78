"""Technology in the way: several of the last sessions were spoilt by the line or the device.

A call before the next session helps; one in it does not. It ends with two good sessions in a
row, since one may be luck.
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
from streams.participant.ledger import DEVICES, NETWORKS

TOLD: Audience = {"tech": "warning", "clinician": "warning"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    AT_MOST: ClassVar[Order] = {"bad_sessions": "last_sessions"}

    bad_sessions: Count = 3
    last_sessions: Count = 6
    drops: Count = 2
    lost_minutes: Count = 10
    poor_minutes: Count = 15
    good_in_a_row: Count = 2


class Spoilt(Struct, frozen=True, omit_defaults=True):
    """What failed in one session."""

    at: Millis
    drops: int = 0
    lost_minutes: int = 0
    poor_minutes: int = 0
    could_not_connect: bool = False
    device: str = ""
    network: str = ""


class TechnologyInTheWay(Evidence, frozen=True):
    bad: int
    bad_sessions: int
    last_sessions: int
    sessions: list[Spoilt]
    dates: list[Millis]
    not_connected: int
    drops: int
    lost_minutes: int
    poor_minutes: int
    drops_limit: int
    lost_minutes_limit: int
    poor_minutes_limit: int
    device: str | None
    network: str | None
    tried: list[str]


def spoilt(session: Session, limits: Thresholds) -> bool:
    """Whether the line or the device stood in the way."""
    result = session.measured
    if result is None:
        return False
    return (
        session.outcome == "could_not_connect"
        or result.drops >= limits.drops
        or result.lost >= limits.lost_minutes * 60
        or result.poor >= limits.poor_minutes * 60
    )


def episodes(person: Person, limits: Thresholds) -> list[Episode]:
    return person.once(
        "technology_in_the_way",
        lambda: list(runs(person, "technology_in_the_way", _looks(person, limits), "recovered")),
    )


def _looks(person: Person, limits: Thresholds) -> Iterator[Look]:
    pattern = Pattern(limits.bad_sessions, limits.last_sessions, limits.good_in_a_row)
    is_spoilt = partial(spoilt, limits=limits)
    return several(person, person.seen, is_spoilt, pattern, partial(_holds, person, limits))


def _holds(person: Person, limits: Thresholds, bad: Sequence[Session]) -> Holds:
    told = [_told(session) for session in bad]
    since = bad[0].starts_at if bad else person.at
    evidence = TechnologyInTheWay(
        bad=len(bad),
        bad_sessions=limits.bad_sessions,
        last_sessions=limits.last_sessions,
        sessions=told,
        dates=[one.at for one in told],
        not_connected=sum(one.could_not_connect for one in told),
        drops=sum(one.drops for one in told),
        lost_minutes=sum(one.lost_minutes for one in told),
        poor_minutes=sum(one.poor_minutes for one in told),
        drops_limit=limits.drops,
        lost_minutes_limit=limits.lost_minutes,
        poor_minutes_limit=limits.poor_minutes,
        device=next((one.device for one in reversed(told) if one.device), None),
        network=next((one.network for one in reversed(told) if one.network), None),
        tried=[act.result for act in person.acts if act.kind == "help" and act.ts >= since],
    )
    return Holds(TOLD, evidence)


def _told(session: Session) -> Spoilt:
    result = session.result
    if result is None:
        return Spoilt(session.starts_at)
    return Spoilt(
        at=session.starts_at,
        drops=result.drops,
        lost_minutes=result.lost // 60,
        poor_minutes=result.poor // 60,
        could_not_connect=session.outcome == "could_not_connect",
        device=DEVICES[result.device],
        network=NETWORKS[result.network],
    )
