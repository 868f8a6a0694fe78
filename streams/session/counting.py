"""`presence.counted`: one partition's people every 10 s, and how many are affected, by trait."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from heapq import heappop, heappush

from msgspec import Struct

from streams.episodes import NEVER
from streams.events import SECOND, Millis, PresenceCounted
from streams.session.facts import Person, Room
from streams.session.presence import within

COUNTED_EVERY = 10 * SECOND


class Counted(Struct, frozen=True):
    """One room's people, until an instant if no fact comes."""

    until: Millis
    open: bool
    people: int
    affected: Counter[tuple[str, str]]
    all: Counter[tuple[str, str]]


class Tally:
    """All rooms' people, added up; only rooms that may have changed are counted anew."""

    def __init__(self) -> None:
        self._rooms: dict[str, Counted] = {}
        self._changed: set[str] = set()
        self._until: list[tuple[Millis, str]] = []
        self._open = self._people = 0
        self._here: Counter[tuple[str, str]] = Counter()
        self._hit: Counter[tuple[str, str]] = Counter()
        self._hit_rooms: Counter[tuple[str, str]] = Counter()
        self._by: dict[str, dict[str, tuple[int, int, int]]] = {}

    def touch(self, key: str) -> None:
        """Something of this room may have changed."""
        self._changed.add(key)

    def count(
        self, partition: int, at: Millis, room_of: Callable[[str], Room | None]
    ) -> PresenceCounted:
        """Those present or expected in the open rooms. `affected` counts conditions that have
        begun: tried, dropped, a bad line, no media; not only alerts. Who waits to be admitted has
        none."""
        while self._until and self._until[0][0] <= at:
            self._changed.add(heappop(self._until)[1])
        for key in sorted(self._changed):
            before = self._rooms.get(key)
            self._take(key, -1)
            room = room_of(key)
            if room is not None:
                now = self._rooms[key] = counted(room, at)
                self._take(key, 1)
                if now.until < NEVER and (before is None or now.until != before.until):
                    heappush(self._until, (now.until, key))
        if self._changed:
            self._changed.clear()
            self._by = self._figures()
        return PresenceCounted(
            ts=at, partition=partition, rooms=self._open, people=self._people, by=self._by
        )

    def _figures(self) -> dict[str, dict[str, tuple[int, int, int]]]:
        """By trait and value: people, those affected, and rooms with any."""
        by: dict[str, dict[str, tuple[int, int, int]]] = {}
        for trait, value in sorted(self._here):
            one = (trait, value)
            figures = (self._here[one], self._hit[one], self._hit_rooms[one])
            by.setdefault(trait, {})[value] = figures
        return by

    def _take(self, key: str, sign: int) -> None:
        """Add a room's figures, or take them away."""
        room = self._rooms.get(key) if sign > 0 else self._rooms.pop(key, None)
        if room is None or not room.open:
            return
        self._open += sign
        self._people += sign * room.people
        _add(self._here, room.all, sign)
        if room.affected:
            _add(self._hit, room.affected, sign)
            _add(self._hit_rooms, dict.fromkeys(room.affected, 1), sign)


def _add(total: Counter[tuple[str, str]], more: Mapping[tuple[str, str], int], sign: int) -> None:
    for trait, number in more.items():
        total[trait] += sign * number
        if not total[trait]:
            del total[trait]


def counted(room: Room, at: Millis) -> Counted:
    """The room's people at `at`, and until when that holds if no fact comes."""
    until = min((edge for edge in _edges(room, at) if edge > at), default=NEVER)
    if not room.starts_at <= at < room.real_end(at):
        return Counted(until, False, 0, Counter(), Counter())
    people = 0
    here: list[tuple[str, str]] = []
    hit: list[tuple[str, str]] = []
    for person in room.people.values():
        if person.is_bot or (person.exempt is not None and not person.connected(at)):
            continue
        people += 1
        traits = traits_of(person, room)
        here += traits
        if person.troubles and within(person.troubles, at):
            hit += traits
    return Counted(until, True, people, Counter(hit), Counter(here))


def _edges(room: Room, at: Millis) -> Iterator[Millis]:
    """When something that is counted may change by itself after `at`. Connections do not: whoever
    comes or goes is told by a fact."""
    yield from (room.starts_at, room.ends_at)
    for ending in room.endings:
        yield from (edge for span in ending.known for edge in span)
    for person in room.people.values():
        for start, end in reversed(person.troubles):
            if end <= at:
                break
            yield start
            yield end


def traits_of(person: Person, room: Room) -> list[tuple[str, str]]:
    """What is known of a person that others may share: trait and value."""
    device, network, platform = person.device, person.network, room.schedule.plan.platform
    known = [] if platform is None else [("platform", platform)]
    if network is not None and network.carrier is not None:
        known.append(("carrier", network.carrier))
    if network is not None and network.region is not None:
        known.append(("region", network.region))
    if device is not None and device.browser is not None:
        known.append(("browser", device.browser))
    if device is not None:
        known.append(("device", device.kind))
    return known
