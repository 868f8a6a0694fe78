"""`presence.counted`: one partition's people every 10 s, and how many are affected, by trait."""

from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import Struct

from streams.episodes import NEVER
from streams.events import SECOND, Millis, PresenceCounted
from streams.session.facts import Person, Room
from streams.session.presence import within

COUNTED_EVERY = 10 * SECOND


class Counted(Struct, frozen=True):
    """One room's people, which holds for this `room` until an instant."""

    room: Room
    until: Millis
    open: bool
    people: int
    affected: Counter[tuple[str, str]]
    all: Counter[tuple[str, str]]


def count(partition: int, at: Millis, rooms: Iterable[Counted]) -> PresenceCounted:
    """Those present or expected in the open rooms. `affected` counts conditions that have begun:
    tried, dropped, a bad line, no media; not only alerts. Who waits to be admitted has none."""
    number = people = 0
    here: Counter[tuple[str, str]] = Counter()
    hit: Counter[tuple[str, str]] = Counter()
    hit_rooms: Counter[tuple[str, str]] = Counter()
    for counted in rooms:
        if not counted.open:
            continue
        number += 1
        people += counted.people
        here.update(counted.all)
        if counted.affected:
            hit.update(counted.affected)
            hit_rooms.update(counted.affected.keys())
    by: dict[str, dict[str, tuple[int, int, int]]] = {}
    for trait, value in sorted(here):
        key = (trait, value)
        by.setdefault(trait, {})[value] = (here[key], hit[key], hit_rooms[key])
    return PresenceCounted(ts=at, partition=partition, rooms=number, people=people, by=by)


def counted(room: Room, at: Millis) -> Counted:
    """The room's people at `at`, and until when that holds if no fact comes."""
    concerned = [
        one
        for one in room.people.values()
        if not one.is_bot and (one.exempt is None or one.connected(at))
    ]
    here: Counter[tuple[str, str]] = Counter()
    hit: Counter[tuple[str, str]] = Counter()
    for person in concerned:
        traits = traits_of(person, room)
        here.update(traits)
        if within(person.troubles, at):
            hit.update(traits)
    until = min((edge for edge in _edges(room) if edge > at), default=NEVER)
    is_open = room.starts_at <= at < room.real_end(at)
    return Counted(room, until, is_open, len(concerned), hit, here)


def _edges(room: Room) -> Iterator[Millis]:
    """When something that is counted may change by itself."""
    yield from (room.starts_at, room.ends_at)
    for ending in room.endings:
        yield from (edge for span in ending.known for edge in span)
    for person in room.people.values():
        yield from (edge for one in person.connections for edge in (one.start, one.end))
        yield from (edge for span in person.troubles for edge in span)


def traits_of(person: Person, room: Room) -> list[tuple[str, str]]:
    """What is known of a person that others may share: trait and value."""
    device, network = person.device, person.network
    known = (
        ("platform", room.schedule.plan.platform),
        ("carrier", network.carrier if network else None),
        ("region", network.region if network else None),
        ("browser", device.browser if device else None),
        ("device", device.kind if device else None),
    )
    return [(trait, value) for trait, value in known if value is not None]
