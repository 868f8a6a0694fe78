"""What two sets of rules say of one log, side by side."""

from msgspec import Struct, field

from streams.events import Signal


class Change(Struct):
    """One rule's alerts under both sets of rules."""

    before: int = 0
    after: int = 0
    unchanged: int = 0
    gained: list[Signal] = field(default_factory=list)
    lost: list[Signal] = field(default_factory=list)
    moved: list[tuple[Signal, Signal]] = field(default_factory=list)
    trial: bool = False
    """Under the new rules it is on trial: nobody is shown what it finds."""


class Load(Struct):
    """Notices of one program. `hours` are those in which it had sessions; `by_hour`: by the hour
    since the epoch, before and after."""

    hours: int = 0
    before: int = 0
    after: int = 0
    by_hour: dict[int, tuple[int, int]] = field(default_factory=dict)

    def most(self, which: int) -> int:
        """Of 0 before, 1 after: the busiest hour's."""
        return max((counts[which] for counts in self.by_hour.values()), default=0)


class Result(Struct):
    """`rules`: the hashes, before and after."""

    rules: tuple[str, str]
    events: int
    changes: dict[str, Change]
    programs: dict[str, Load]
