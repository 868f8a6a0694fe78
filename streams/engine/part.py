"""What the engine has to know of the part that it runs."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Protocol

from msgspec import Struct
from prometheus_client import Counter

from streams.rules import Rules
from streams.topics import Topic


class Step(Protocol):
    """All that one record caused, as far as the engine looks into it."""

    changed: set[str]
    """Keys whose state must be saved."""
    dropped: set[str]
    """Keys whose state must be deleted."""
    rejected: list[str]
    """Reason codes: this record is a dead letter."""
    failed: list[tuple[str, str]]
    """Keys whose step raised, with a reason code: parked, the others went on."""


class Core(Protocol):
    """One partition's keys: pure and deterministic, with no clock but the ticks on the log."""

    def apply(self, event: Any, offset: int) -> Any:
        """One record, in offset order; a key already at or past `offset` is skipped."""

    def stored(self, key: str) -> bytes:
        """The state of one key."""

    def restore(self, states: Mapping[str, bytes]) -> None:
        """All keys of this partition, before the first `apply`."""


class Record(Struct, frozen=True):
    """One record to write. Without a `partition` the key picks it."""

    topic: Topic
    key: bytes | None
    value: bytes
    partition: int | None = None


class Part(Struct, frozen=True):
    """A core, the topic it reads, and what becomes of its steps.

    `app` is the consumer group; with `table` it names the changelog's topic. `figures` sets the
    part's own gauges from all cores of this process after each run.
    """

    name: str
    app: str
    table: str
    source: Topic
    decode: Callable[[bytes | None], Any]
    core: Callable[[int, Rules], Core]
    records: Callable[[Any], Iterable[Record]]
    figures: Callable[[Collection[Any]], None]
    parked: Counter
