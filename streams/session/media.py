"""Picture and sound of one person: what was seen to fail, and what was on.

What a person switches counts for the time they are connected: who comes again starts anew.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import islice, pairwise

from msgspec import Struct

from streams.events import Millis
from streams.session import switches
from streams.session.ledger import Medium
from streams.session.presence import Connection, Span, common, counter, union


class Media(Struct, frozen=True, gc=False):
    """`frozen` and `concealed`: while no connection of the person had a picture, or sound."""

    frozen: tuple[Span, ...] = ()
    concealed: tuple[Span, ...] = ()
    camera: tuple[Span, ...] = ()
    microphones: bytes = b""
    """As switched: while it was on is asked of few (`unmuted`)."""
    unmuted_at: Millis | None = None
    """When it was first on while the person was connected."""
    heard_at: Millis | None = None
    """When the person's voice was first heard."""
    camera_known: tuple[Span, ...] = ()
    """Since the platform told of it in each time connected; what dials in has none."""
    switched_at: Millis | None = None
    """When the platform first told of this person's camera."""


NOTHING = Media()


def media(
    seen: Sequence[Medium],
    cameras: bytes,
    microphones: bytes,
    connections: Sequence[Connection],
    spans: tuple[Span, ...],
    dialled: bool,
) -> Media:
    """Of facts in order of `ts`; `spans`: while connected; `dialled`: by telephone alone."""
    if not seen and not cameras and not microphones and not dialled:
        return NOTHING
    camera = union(switches.on(cameras, spans))
    switched = switches.instants(cameras)
    frozen = _failing(seen, "frozen", "flowing", connections, spans)
    return Media(
        frozen=common(frozen, camera),
        concealed=_failing(seen, "concealed", "heard", connections, spans),
        camera=camera,
        microphones=microphones,
        unmuted_at=next((start for start, _ in switches.on(microphones, spans)), None),
        heard_at=next((one.ts for one in seen if one.state == "heard"), None),
        camera_known=spans if dialled else _known(switched, spans),
        switched_at=switched[0] if switched else None,
    )


def unmuted(media: Media, spans: Sequence[Span]) -> tuple[Span, ...]:
    """While the microphone was on in the spans of being connected."""
    return union(switches.on(media.microphones, spans))


def _known(switched: Sequence[Millis], spans: Sequence[Span]) -> tuple[Span, ...]:
    found = []
    for start, end in spans:
        following = bisect_left(switched, start)
        if following < len(switched) and switched[following] < end:
            found.append((switched[following], end))
    return tuple(found)


def _failing(
    seen: Sequence[Medium],
    bad: str,
    good: str,
    connections: Sequence[Connection],
    spans: Sequence[Span],
) -> tuple[Span, ...]:
    """While one of the connections fails and none does well."""
    states = [one for one in seen if one.state in (bad, good)]
    if not any(one.state == bad for one in states):
        return ()
    found: list[Span] = []
    open_at = counter([(one.start, one.end) for one in connections if one.joined])
    for start, end in spans:
        told = [one for one in states if start <= one.ts < end]
        edges = {one.ts for one in told}
        edges |= {one.start for one in connections if start <= one.start < end}
        edges |= {one.end for one in connections if start <= one.end < end}
        latest: dict[str, str] = {}  # names stay in the order in which they first spoke
        following = 0
        for since, until in pairwise([*sorted(edges), end]):
            while following < len(told) and told[following].ts <= since:
                latest[told[following].connection_id] = told[following].state
                following += 1
            if _standing(latest, open_at(since)) == bad:
                found.append((since, until))
    return union(found)


def _standing(latest: dict[str, str], open_now: int) -> str | None:
    """The sender names connections its own way: as many of its newest names count as are open."""
    states = [*islice(reversed(latest.values()), open_now)]
    for state in ("flowing", "heard"):
        if state in states:
            return state
    return states[0] if states else None
