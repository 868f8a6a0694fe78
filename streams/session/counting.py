"""`presence.counted`: one partition's people every 10 s, and how many are affected, by trait."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from streams.events import SECOND, Millis, PresenceCounted
from streams.session.facts import Person, Room
from streams.session.watch import Watch

COUNTED_EVERY = 10 * SECOND


def count(partition: int, at: Millis, watches: Mapping[str, Watch]) -> PresenceCounted:
    """Those present or expected in the open rooms. `affected` counts conditions that have begun:
    tried, dropped, or on a bad line; not only alerts."""
    rooms = people = 0
    by: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0, 0]))
    for watch in watches.values():
        room = watch.room
        if room is None or not room.starts_at <= at < room.real_end(at):
            continue
        rooms += 1
        seen: set[tuple[str, str]] = set()
        for person in _concerned(room, at):
            people += 1
            affected = _affected(person, at)
            for trait, value in _traits(person, room):
                counts = by[trait][value]
                counts[0] += 1
                counts[1] += affected
                if affected and (trait, value) not in seen:
                    seen.add((trait, value))
                    counts[2] += 1
    table = {
        trait: {value: (c[0], c[1], c[2]) for value, c in sorted(values.items())}
        for trait, values in sorted(by.items())
    }
    return PresenceCounted(ts=at, partition=partition, rooms=rooms, people=people, by=table)


def _concerned(room: Room, at: Millis) -> Iterable[Person]:
    return (
        one
        for one in room.people.values()
        if not one.is_bot and (one.exempt is None or one.connected(at))
    )


def _affected(person: Person, at: Millis) -> bool:
    if person.connected(at):
        return any(start <= at < end for start, end in person.bad_line())
    gone = [stay for stay in person.stays if stay.end <= at]
    since = gone[-1].end if gone else -1
    return bool(gone and gone[-1].broke_off) or any(since <= one.at <= at for one in person.tries)


def _traits(person: Person, room: Room) -> Iterator[tuple[str, str]]:
    device, network = person.device, person.network
    known = {
        "platform": room.schedule.plan.platform,
        "carrier": network.carrier if network else None,
        "region": network.region if network else None,
        "browser": device.browser if device else None,
        "device": device.kind if device else None,
    }
    return ((trait, value) for trait, value in known.items() if value is not None)
