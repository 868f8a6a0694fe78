"""Many rooms as `signals` tells of them: counts by partition, and people's alerts."""

from collections import Counter
from uuid import NAMESPACE_URL, uuid5

from msgspec import Struct

from streams.events import SECOND, PresenceCounted, Signal, Traits

START = 1_790_000_000_000 - 1_790_000_000_000 % (24 * 3600 * SECOND)
EVERY = 10 * SECOND
PLATFORM, CARRIER = "zoom", "acme"


class Someone(Struct, frozen=True):
    """A person in a room, and the traits that are known of them."""

    room: int
    traits: tuple[tuple[str, str], ...]


def person(room: int, **traits: str) -> Someone:
    return Someone(room, tuple(traits.items()))


def instant(seconds: float) -> int:
    return START + round(seconds * SECOND)


def counted(
    seconds: float, everybody: list[Someone], affected: set[int], partitions: int = 1
) -> list[PresenceCounted]:
    """One record a partition; room n lies in partition n modulo their number. `affected` are
    indexes into `everybody`."""
    records = []
    for partition in range(partitions):
        here = [n for n, one in enumerate(everybody) if one.room % partitions == partition]
        people = Counter(trait for n in here for trait in everybody[n].traits)
        hit = Counter(trait for n in here if n in affected for trait in everybody[n].traits)
        rooms = Counter(
            trait
            for trait, _ in {
                (trait, everybody[n].room)
                for n in here
                if n in affected
                for trait in everybody[n].traits
            }
        )
        by: dict[str, dict[str, tuple[int, int, int]]] = {}
        for (trait, value), number in people.items():
            triple = (number, hit[trait, value], rooms[trait, value])
            by.setdefault(trait, {})[value] = triple
        records.append(
            PresenceCounted(
                ts=instant(seconds),
                partition=partition,
                rooms=len({everybody[n].room for n in here}),
                people=len(here),
                by=by,
            )
        )
    return records


def alert(
    n: int,
    everybody: list[Someone],
    seconds: float,
    rule: str = "dropped_out",
    status: str = "raised",
    at: float | None = None,
    **more: object,
) -> Signal:
    """The signal of one person's alert that was raised at `seconds`; this one is dated `at`."""
    one = everybody[n]
    alert_id = str(uuid5(NAMESPACE_URL, f"{rule}|{n}|{seconds}"))
    ts = instant(seconds if at is None else at)
    return Signal(
        id=str(uuid5(NAMESPACE_URL, f"{alert_id}|{status}|{ts}")),
        alert_id=alert_id,
        rule=rule,
        status=status,
        severity="high",
        audience={"tech": "high"},
        ts=ts,
        raised_at=instant(seconds),
        rules="0123456789ab",
        session_id=f"room-{one.room}",
        participant_id=f"pat-{n}",
        traits=Traits(**dict(one.traits)),
        **{"evidence": {}} | more,
    )


def clinic(rooms: int = 8, each: int = 10) -> list[Someone]:
    """Every fifth person is with one carrier, the others with three; all on one platform."""
    others = ("bell", "city", "delta")
    return [
        person(
            room,
            platform=PLATFORM,
            carrier=CARRIER if seat % 5 == 0 else others[seat % 3],
            device="phone" if seat % 2 else "desktop",
        )
        for room in range(rooms)
        for seat in range(each)
    ]


def on(everybody: list[Someone], trait: str, value: str) -> set[int]:
    return {n for n, one in enumerate(everybody) if (trait, value) in one.traits}
