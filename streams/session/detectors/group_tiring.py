"""Group tiring: many of those who are measured show signs of it at once. A hint to the host.

It asks for less of each person than `screen_fatigue`, and says nothing of anybody in particular.
Whose index rests on the first half hour of this session alone counts on neither side: such a
measure never alerts by itself, and three of them are no better than one. Nor is anything held
during a break and the three minutes after it: it is what the hint would ask for.
"""

from collections.abc import Iterator
from itertools import islice

from msgspec import Struct

from streams.bounds import Count, Part
from streams.episodes import Audience, Episode, Evidence
from streams.events import MINUTE, Millis
from streams.session.facts import Room
from streams.session.fatigue import Told, looks, since_break, told
from streams.session.ledger import BLOCK
from streams.session.presence import within

TOLD: Audience = {"host": "info", "clinician": "info"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    share: Part = 0.4
    people: Count = 3
    index: Part = 0.5
    held_minutes: int = 5


class GroupTiring(Evidence, frozen=True):
    since: Millis
    tired: int
    people: int
    since_break_minutes: int
    share_limit: float
    people_limit: int
    index_limit: float
    held_minutes: int


def episodes(room: Room, limits: Thresholds) -> Iterator[Episode]:
    if room.off:
        return
    least = limits.held_minutes * MINUTE // BLOCK + 1
    since: Millis | None = None
    run = 0
    raised: tuple[Millis, GroupTiring] | None = None
    for at, readings in _by_look(room):
        tired = sum(1 for one in readings if one.index > limits.index)
        if raised is not None:
            pause = _break_after(room, raised[0])
            if pause <= at or tired < limits.share / 2 * len(readings):
                yield Episode(raised[0], min(pause, at), TOLD, raised[1])
                raised, run = None, 0
            if raised is not None or pause <= at:
                continue
        if within(room.stopped, at) or tired < max(limits.people, limits.share * len(readings)):
            run = 0
            continue
        run += 1
        since = at if run == 1 or since is None else since
        if run >= least:
            raised = (at, _evidence(room, since, at, tired, len(readings), limits))
    if raised is not None:
        pause = _break_after(room, raised[0])
        yield Episode(raised[0], pause if pause < room.closes_at else None, TOLD, raised[1])


def _by_look(room: Room) -> Iterator[tuple[Millis, list[Told]]]:
    so_far = max((len(codes) for codes in room.readings.values()), default=0)
    known: dict[Millis, list[Told]] = {at: [] for at in islice(looks(room, room.ends_at), so_far)}
    for who in room.readings:
        person = room.people.get(who)
        if person is None or person.exempt is not None or not person.patient or person.is_host:
            continue
        for one in told(room, who):
            if one.own:
                known[one.at].append(one)
    yield from known.items()


def _break_after(room: Room, at: Millis) -> Millis:
    return min((start for start, _ in room.breaks if start > at), default=room.closes_at)


def _evidence(
    room: Room, since: Millis, at: Millis, tired: int, people: int, limits: Thresholds
) -> GroupTiring:
    return GroupTiring(
        since=since,
        tired=tired,
        people=people,
        since_break_minutes=since_break(room, at) // MINUTE,
        share_limit=limits.share,
        people_limit=limits.people,
        index_limit=limits.index,
        held_minutes=limits.held_minutes,
    )
