"""What the changelog holds of each partition: every key's newest state, and how far it goes.

A value is the offset up to which it holds (8 bytes, big-endian) and the state. The partition's
own record is written after all others of a step, so its offset says what is surely saved; the
group's commit is only a hint where to begin reading.
"""

from collections.abc import Collection

PARTITION_KEY = "~partition"
"""The monitor's name for a partition's own record (its clock, its platforms)."""
OFFSET_BYTES = 8


def key_of(key: str, partition: int) -> bytes:
    return f"{key}/{partition}".encode() if key == PARTITION_KEY else key.encode()


def value_of(offset: int, state: bytes) -> bytes:
    return offset.to_bytes(OFFSET_BYTES, "big") + state


class Saved:
    """States heard while the changelog is read again."""

    def __init__(self) -> None:
        self._states: dict[int, dict[str, bytes]] = {}
        self._applied: dict[int, int] = {}

    def hear(self, partition: int, key: bytes, value: bytes | None) -> None:
        """One changelog record. One that is older than the partition's own record before it
        was written late by a worker that had lost the partition: it is passed over."""
        states = self._states.setdefault(partition, {})
        name = key.decode()
        if name.startswith(PARTITION_KEY):
            name = PARTITION_KEY
        if value is None:
            states.pop(name, None)
            return
        offset = int.from_bytes(value[:OFFSET_BYTES], "big")
        if offset < self._applied.get(partition, 0):
            return
        states[name] = value[OFFSET_BYTES:]
        if name == PARTITION_KEY:
            self._applied[partition] = offset

    def states(self, partition: int) -> dict[str, bytes]:
        return self._states.get(partition, {})

    def applied(self, partition: int) -> int | None:
        """The offset of the last event whose effects are all saved; None before the first."""
        return self._applied.get(partition)

    def all_applied(self) -> dict[int, int]:
        """The same of every partition that has such an event."""
        return dict(self._applied)

    def keep_only(self, partitions: Collection[int]) -> None:
        """Forgets partitions that others have now: they are read from the beginning again."""
        for partition in self._states.keys() - set(partitions):
            del self._states[partition]
            self._applied.pop(partition, None)
