"""No media: somebody is connected, and cannot be seen, cannot hear, or was never heard.

A frozen picture counts only while the camera is on, and a silent microphone only if it was never
heard at all: listeners are silent for an hour, and noise suppression sends nothing meanwhile. It
must also be known that this voice would be heard: by any measurement of the person's own line, for
some allow none, and, where others may speak, by the voice of one of them. Figures chosen.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import Struct

from streams.episodes import NEVER, Audience, Episode, Evidence
from streams.events import MINUTE, SECOND, Device, Millis
from streams.session.facts import Person, Room
from streams.session.media import unmuted
from streams.session.presence import Span, common, minus

TOLD: Audience = {"tech": "warning"}
Medium = Literal["video", "audio", "microphone"]


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    stretch_seconds: int = 45
    never_heard_minutes: int = 3


class NoMedia(Evidence, frozen=True):
    medium: Medium
    since: Millis
    device: Device | None
    stretch_seconds: int
    never_heard_minutes: int


def episodes(person: Person, room: Room, limits: Thresholds) -> Iterator[Episode]:
    media = person.media
    never = media.unmuted_at is None
    if not person.virtual or (never and not media.frozen and not media.concealed):
        return
    stretch = limits.stretch_seconds * SECOND
    found = [
        *_lasting("video", media.frozen, room, stretch),
        *_lasting("audio", media.concealed, room, stretch),
        *_never_heard(person, room, limits.never_heard_minutes * MINUTE),
    ]
    shown = -1
    for raised, cleared, medium, since in sorted(found):
        if raised < shown:  # one alert while anything fails
            shown = max(shown, cleared)
            continue
        shown = max([cleared, *_overlapping(found, raised, cleared)])
        evidence = NoMedia(
            medium, since, person.device, limits.stretch_seconds, limits.never_heard_minutes
        )
        yield Episode(raised, shown if shown < NEVER else None, TOLD, evidence)


Found = tuple[Millis, Millis, Medium, Millis]


def _lasting(medium: Medium, spans: Sequence[Span], room: Room, stretch: Millis) -> Iterator[Found]:
    for start, end in spans:
        due = room.goes_on(room.timer(max(start, room.starts_at), stretch))
        if due < end:
            yield due, end, medium, start


def _overlapping(found: Sequence[Found], raised: Millis, cleared: Millis) -> Iterator[Millis]:
    """Ends of what goes on when the first of them ends."""
    until = cleared
    for begin, end, _, _ in sorted(found):
        if raised <= begin < until and end > until:
            until = end
            yield end


def _never_heard(person: Person, room: Room, delay: Millis) -> Iterator[Found]:
    """The microphone was on for so long in all since joining, while the session was on."""
    opened, measured = room.opening, _measured_at(person, room)
    heard_at = NEVER if person.media.heard_at is None else person.media.heard_at
    if opened is None or measured is None:
        return
    on = unmuted(person.media, person.connected_spans)
    for start, end in person.connected_spans:
        spans = common(on, [(max(start, opened), end)])
        due = room.goes_on(max(_after(minus(spans, room.stopped), delay), measured))
        if due < min(end, heard_at):
            yield due, min(end, heard_at), "microphone", spans[0][0]


def _after(spans: Sequence[Span], delay: Millis) -> Millis:
    """When the spans have lasted so long in all."""
    rest = delay
    for start, end in spans:
        if end - start >= rest:
            return start + rest
        rest -= end - start
    return NEVER


def _measured_at(person: Person, room: Room) -> Millis | None:
    """From when it is known that this voice would be heard, if there were any."""
    own = person.line.told_at()
    if own is None or room.kind == "individual":
        return own
    others = (at for at, who in room.heard if who != person.participant_id)
    return next((max(own, at) for at in others), None)
