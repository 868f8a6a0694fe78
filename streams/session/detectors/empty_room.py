"""Empty room: the session should have begun, the platform is heard, and nobody has come."""

from collections.abc import Iterator

from msgspec import Struct

from streams.episodes import NEVER, Audience, Episode, Evidence
from streams.events import MINUTE, Millis
from streams.session import presence
from streams.session.attempts import settle
from streams.session.detectors import feed_silent
from streams.session.facts import Room

TOLD: Audience = {"on_duty": "warning"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    delay_minutes: int = 10


class EmptyRoom(Evidence, frozen=True):
    since: Millis
    last_event_at: Millis | None
    delay_minutes: int


def episodes(room: Room, limits: Thresholds) -> Iterator[Episode]:
    if room.off:
        return
    people = [one for one in room.people.values() if not one.is_bot]
    due = _alive(room, room.timer(room.starts_at, limits.delay_minutes * MINUTE))
    first = presence.first_stay(one.stays for one in people)
    if due >= room.ends_at or (first and first.start <= due):
        return
    due = settle(due, [span for one in people for span in one.unsettled])
    if due >= room.ends_at or (first and first.start <= due):
        return
    ends = [first.counts_at] if first else []
    ends += [begin for begin in feed_silent.begins(room) if begin > due]
    heard = room.feed.at(due)
    last_event_at = heard.last_event_at if heard else None
    evidence = EmptyRoom(room.due_from, last_event_at, limits.delay_minutes)
    yield Episode(due, min(ends, default=None), TOLD, evidence)


def _alive(room: Room, due: Millis) -> Millis:
    """The first instant from `due` on at which the feed is alive; without any word, `due`."""
    if not room.feed.heard:
        return due
    for instant in (due, *(ts for ts in room.feed.instants() if ts > due)):
        heard = room.feed.at(instant)
        if heard is None or (
            room.feed.answering(instant) and heard.last_event_at >= feed_silent.margin(room)
        ):
            return instant
    return NEVER
