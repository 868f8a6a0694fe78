"""Session incident: several people of one room fail together, so that one cause is likely.

Told once, with what they share; their single alerts are held back meanwhile. Four of ten have
trouble by chance in 1 to 12 % of starts (computed), so beginnings ask for more.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from math import ceil

from msgspec import Struct

from streams.bounds import Count, Part
from streams.episodes import NEVER, Audience, Episode, Evidence
from streams.events import MINUTE, Millis
from streams.session.attempts import TRIED_FROM
from streams.session.counting import traits_of
from streams.session.facts import Person, Room
from streams.session.presence import Span, covered, within

TOLD: Audience = {"tech": "high", "host": "info"}
EXPLAINED = frozenset(
    {
        "could_not_connect",
        "dropped_out",
        "unstable_connection",
        "poor_connection",
        "no_media",
    }
)
"""The single alerts that it explains, of its people and since it began. That people sit without
their host is none of them: whoever must find cover is told of no incident in a room."""


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    affected: Count = 3
    share: Part = 0.4
    onset_minutes: Count = 2
    first_minutes: int = 10
    first_affected: Count = 4
    first_share: Part = 0.5
    cleared_minutes: int = 2


class SessionIncident(Evidence, frozen=True):
    since: Millis
    affected: int
    people: int
    share: float
    who: list[str]
    platform: str | None
    carrier: str | None
    region: str | None
    browser: str | None
    device: str | None
    affected_limit: int
    share_limit: float
    onset_minutes: int


class _Bounds(Struct, frozen=True):
    affected: int
    share: float


def episodes(room: Room, limits: Thresholds) -> Iterator[Episode]:
    in_trouble = [one for one in room.people.values() if one.troubles and not one.is_bot]
    if room.off or len(in_trouble) < limits.affected:
        return
    troubled = {one.participant_id: spans for one in in_trouble if (spans := _spans(one, room))}
    if len(troubled) < limits.affected:
        return
    everybody = [one for one in room.people.values() if not one.is_bot]
    window = limits.onset_minutes * MINUTE
    beginning_over = room.starts_at + limits.first_minutes * MINUTE
    beginning = _Bounds(limits.first_affected, limits.first_share)
    later = _Bounds(limits.affected, limits.share)
    until = -1
    starts = sorted([start for spans in troubled.values() for start, _ in spans])
    expected = sum(1 for one in everybody if one.exempt is None)
    fewest = ceil(min(max(one.affected, one.share * expected) for one in (beginning, later)))
    for at in dict.fromkeys(_together(starts, fewest, window)):
        if at < until:
            continue
        bounds = beginning if at < beginning_over else later
        lately = bisect_right(starts, at) - bisect_left(starts, at - window)
        if lately < max(bounds.affected, bounds.share * expected):
            continue  # too few whoever is there
        if at >= room.real_end(at):
            continue
        together = [
            who for who, spans in troubled.items() if at - window <= _since(spans, at) < NEVER
        ]
        people = _people(everybody, troubled, at)
        if len(together) < max(bounds.affected, bounds.share * people):
            continue
        until = _cleared(everybody, troubled, at, bounds.share / 2, limits.cleared_minutes * MINUTE)
        since = min(_since(troubled[who], at) for who in together)
        yield Episode(
            raised=at,
            cleared=until if until < NEVER else None,
            audience=TOLD,
            evidence=_evidence(room, since, sorted(together), people, bounds, limits),
            since=since,
            people=tuple(sorted(_touched(troubled, since, until))),
        )


def _together(starts: Sequence[Millis], number: int, window: Millis) -> list[Millis]:
    """Those of the starts, in order, up to which so many lie within the window: few, mostly."""
    following = starts[number - 1 :]
    return [at for first, at in zip(starts, following, strict=False) if at - first <= window]


def _spans(person: Person, room: Room) -> list[Span]:
    """Troubles that count: not those of a break, when people close their laptops."""
    first = room.starts_at - TRIED_FROM
    return [
        span
        for span in person.troubles
        if first <= span[0] < room.ends_at and not within(room.stopped, span[0])
    ]


def _since(spans: Sequence[Span], at: Millis) -> Millis:
    """Since when the trouble lasts that is there at an instant; `NEVER` without any."""
    position = bisect_right(spans, (at, NEVER))
    return spans[position - 1][0] if position and at < spans[position - 1][1] else NEVER


def _people(everybody: Sequence[Person], troubled: Mapping[str, Sequence[Span]], at: Millis) -> int:
    """Those expected, and whoever else is there or was until trouble came."""
    return sum(
        1
        for one in everybody
        if one.exempt is None
        or covered(one.connected_spans, at)
        or covered(troubled.get(one.participant_id, ()), at)
    )


def _cleared(
    everybody: Sequence[Person],
    troubled: Mapping[str, Sequence[Span]],
    after: Millis,
    least: float,
    quiet: Millis,
) -> Millis:
    """When the share in trouble has been under `least` for so long."""
    edges = {edge for spans in troubled.values() for span in spans for edge in span}
    low_since = None
    for edge in [*sorted(edge for edge in edges if after < edge < NEVER), NEVER]:
        if low_since is not None and low_since + quiet <= edge:
            return low_since + quiet
        if edge == NEVER:
            break
        affected = sum(covered(spans, edge) for spans in troubled.values())
        low = affected < least * _people(everybody, troubled, edge) or not affected
        low_since = (edge if low_since is None else low_since) if low else None
    return NEVER


def _touched(troubled: Mapping[str, Sequence[Span]], since: Millis, until: Millis) -> Iterator[str]:
    for who, spans in troubled.items():
        if any(start < until and end > since for start, end in spans):
            yield who


def _evidence(
    room: Room,
    since: Millis,
    who: list[str],
    people: int,
    bounds: _Bounds,
    limits: Thresholds,
) -> SessionIncident:
    shared = _shared([room.people[name] for name in who], room)
    return SessionIncident(
        since=since,
        affected=len(who),
        people=people,
        share=round(len(who) / people, 3),
        who=who,
        platform=shared.get("platform"),
        carrier=shared.get("carrier"),
        region=shared.get("region"),
        browser=shared.get("browser"),
        device=shared.get("device"),
        affected_limit=bounds.affected,
        share_limit=bounds.share,
        onset_minutes=limits.onset_minutes,
    )


def _shared(people: Sequence[Person], room: Room) -> Mapping[str, str]:
    """The traits that all of them are known to have."""
    known = [set(traits_of(one, room)) for one in people]
    return dict(sorted(set.intersection(*known)))
