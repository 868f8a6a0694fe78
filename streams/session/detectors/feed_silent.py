"""Feed silent: nobody was seen here, and the whole platform has not been heard.

A dead webhook looks like ten absences; it is told once, to those who can mend it. In place of
`host_missing` and `empty_room`. A stable room sends nothing for an hour: silence alone, or
without the gateway's own word, means nothing.
"""

from collections.abc import Iterator

from msgspec import Struct

from streams.episodes import Audience, Episode, Evidence
from streams.events import MINUTE, Millis
from streams.session.facts import Room

TOLD: Audience = {"tech": "high", "host": "info", "clinician": "info"}
MARGIN = 5 * MINUTE
"""Before the start, people come: a living feed has spoken since then."""


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    delay_minutes: int = 5


class FeedSilent(Evidence, frozen=True):
    platform: str
    last_event_at: Millis | None
    since: Millis
    delay_minutes: int


def episodes(room: Room, limits: Thresholds) -> Iterator[Episode]:
    platform = room.schedule.plan.platform
    if room.off or platform is None or not room.feed.heard:
        return
    first = room.due_from + limits.delay_minutes * MINUTE
    seen_at = room.seen_at
    for instant in (first, *(ts for ts in room.feed.instants() if ts > first)):
        if instant >= min(room.ends_at, seen_at) or not _silent(room, instant):
            continue
        heard = room.feed.at(instant)
        if heard is None:
            continue
        spoke = [ts for ts in room.feed.spoke_after(heard.last_event_at) if ts > instant]
        cleared = min([*spoke, seen_at])
        evidence = FeedSilent(platform, heard.last_event_at, room.due_from, limits.delay_minutes)
        over = cleared if cleared < room.closes_at else None
        yield Episode(instant, over, TOLD, evidence, subject=f"platform:{platform}")
        return


def margin(room: Room) -> Millis:
    """A feed whose last event is older is not alive for this room."""
    return room.starts_at - MARGIN


def _silent(room: Room, instant: Millis) -> bool:
    heard = room.feed.at(instant)
    return heard is not None and room.feed.answering(instant) and heard.last_event_at < margin(room)


def begins(room: Room) -> list[Millis]:
    """When this rule speaks in this room: at most once."""
    return [one.raised for one in episodes(room, room.limits["feed_silent"])]


def standing(room: Room, limits: Thresholds) -> bool:
    """Whether it lasts until the session closes."""
    return any(one.cleared is None for one in episodes(room, limits))
