"""What is known of all rooms at an instant: counted people by trait, and the single alerts."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from msgspec import Struct

from streams.events import Millis, PresenceCounted, Traits

UNKNOWN = "unknown"
"""A device of no known kind is not something that people share."""

Value: TypeAlias = tuple[str, str]
"""A trait and its value, as ("carrier", "acme")."""


class Share(Struct, frozen=True):
    """Of `people`, present or expected, `affected` have a technical condition, in `rooms`."""

    people: int
    affected: int
    rooms: int


class Counts(Struct, frozen=True):
    """All partitions' people; those without a known trait are in `people` only."""

    people: int
    by: Mapping[Value, Share]

    def others(self, value: Value) -> Share:
        """Those with another known value of the same trait: the control group."""
        people = affected = rooms = 0
        for (trait, other), share in self.by.items():
            if trait == value[0] and other != value[1]:
                people += share.people
                affected += share.affected
                rooms += share.rooms
        return Share(people, affected, rooms)


def total(records: Iterable[PresenceCounted]) -> Counts:
    """The sum over partitions. A room lies in one partition, so rooms add up too."""
    people = 0
    by: dict[Value, list[int]] = {}
    for record in records:
        people += record.people
        for trait, values in record.by.items():
            for value, counted in values.items():
                if value == UNKNOWN:
                    continue
                known = by.setdefault((trait, value), [0, 0, 0])
                for place, number in enumerate(counted):
                    known[place] += number
    return Counts(people, {value: Share(*by[value]) for value in sorted(by)})


class Single(Struct, frozen=True):
    """One person's alert, or one room's, that an incident may explain.

    `cleared_at` is `None` while it stands.
    """

    alert_id: str
    session_id: str
    raised_at: Millis
    traits: Traits
    cleared_at: Millis | None = None

    def stands(self, at: Millis) -> bool:
        return self.raised_at <= at and (self.cleared_at is None or self.cleared_at > at)

    def has(self, value: Value) -> bool:
        return getattr(self.traits, value[0], None) == value[1]
