"""Quieter than usual for them: no sign of taking part for long, while the others showed some.

Silence is ordinary: with a turn every ten minutes, 63 % of people have a gap of 25 minutes, and
8 % one of 45 (computed). So it must be longer than nine of ten of the person's own gaps too, and
nothing is said in psychoeducation, where people listen. Looked at every five minutes.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from streams.bounds import Part
from streams.episodes import Audience, Episode, Evidence
from streams.events import MINUTE, Millis
from streams.session.facts import Person, Room
from streams.session.fatigue import measured
from streams.session.ledger import BLOCK

TOLD: Audience = {"clinician": "info"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    stretch_minutes: int = 45
    share_of_others: Part = 0.5


class Withdrawn(Evidence, frozen=True):
    since: Millis
    minutes: int
    usual_gap_minutes: float
    others: int
    others_with_sign: int
    stretch_minutes: int
    others_share_limit: float


def episodes(person: Person, room: Room, limits: Thresholds) -> Iterator[Episode]:
    gap = person.profile.gap_p90_minutes if person.profile else None
    if gap is None or person.exempt is not None or not person.patient or person.is_host:
        return
    if room.kind == "psychoeducation" or room.opening is None:
        return
    stretch = round(max(limits.stretch_minutes, gap) * MINUTE)
    quiet_until = -1
    for at in range(-(-room.opening // BLOCK) * BLOCK, min(room.now, room.ends_at) + 1, BLOCK):
        if at < quiet_until or not person.connected(at) or at < person.counted_since:
            continue
        since = _since(person, room, at)
        if room.timer(since, stretch) > at:
            continue
        others = [one for one in room.people.values() if _other(one, person, at)]
        active = sum(1 for one in others if _sign_after(one, since, at))
        if not active or active < limits.share_of_others * len(others):
            continue
        quiet_until = _ends(person, at)
        evidence = Withdrawn(
            since=since,
            minutes=(at - since) // MINUTE,
            usual_gap_minutes=gap,
            others=len(others),
            others_with_sign=active,
            stretch_minutes=limits.stretch_minutes,
            others_share_limit=limits.share_of_others,
        )
        over = quiet_until if quiet_until < room.closes_at else None
        yield Episode(at, over, TOLD, evidence)


def _since(person: Person, room: Room, at: Millis) -> Millis:
    """The last sign by then; or since when one could have been seen: on a good line, connected."""
    known = [room.opening or at, min(person.counted_since, at)]
    known += [minute + MINUTE for minute in person.engagement.minutes() if minute < at]
    known += [start for start, end in person.connected_spans if start <= at < end]
    for start, end in (*person.media.camera, *person.troubles):
        if start <= at:
            known.append(min(end, at))
    return max(known)


def _other(one: Person, person: Person, at: Millis) -> bool:
    """Somebody else who is there, and whose signs are counted."""
    if one is person or not one.patient or one.is_host:
        return False
    return one.connected(at) and measured(one, at)


def _sign_after(one: Person, since: Millis, at: Millis) -> bool:
    minutes: Sequence[Millis] = [m for m in one.engagement.minutes() if since <= m < at]
    camera = any(start < at and end > since for start, end in one.media.camera)
    return bool(minutes) or camera


def _ends(person: Person, at: Millis) -> Millis:
    """When a sign is seen, the line turns bad, or the person goes."""
    ends = [end for start, end in person.connected_spans if start <= at < end]
    ends += [-(-(m + MINUTE) // BLOCK) * BLOCK for m in person.engagement.minutes() if m >= at]
    ends += [start for start, _ in (*person.media.camera, *person.troubles) if start > at]
    return min(ends)
