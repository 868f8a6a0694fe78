"""Signs of taking part, counted: how often and how long, never what.

These facts are not kept one by one. Each adds to its block of five minutes; the 64-bit hashes of
their ids are kept for two minutes, so that the same one twice counts once, and what comes later
is dropped (docs/detectors.md, Time and order). A block is looked at once it is over.
"""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Final

from msgspec import Struct

from streams.events import MINUTE, EngagementObserved, Millis
from streams.session.ledger import BLOCK, Ledger

REMEMBERED = 2 * MINUTE
"""Since when an id is known again; what is older than that is dropped."""
MASK, SPOKE_MS, CHAT, REACTIONS, ANSWERED, LATENCY_MS, MISSED = range(7)
"""Places in a block. The mask has a bit for each of its minutes with a sign."""
NOTHING: Final = (0,) * 7


class Engagement(Struct, frozen=True):
    """A person's blocks that are over, by their number since the epoch."""

    blocks: dict[int, tuple[int, ...]] = {}

    def minutes(self) -> Iterator[Millis]:
        """The beginnings of the minutes with a sign, in order."""
        for number in sorted(self.blocks):
            mask = self.blocks[number][MASK]
            for minute in range(BLOCK // MINUTE):
                if mask >> minute & 1:
                    yield number * BLOCK + minute * MINUTE


NONE: Final = Engagement()


def ends_at(event: EngagementObserved) -> Millis:
    """When the event's block is over."""
    return event.ts - event.ts % BLOCK + BLOCK


def count(ledger: Ledger, event: EngagementObserved, clock: Millis) -> bool | None:
    """Add to the person's block; false when it was counted already, `None` when it is too late."""
    if event.ts < clock - REMEMBERED:
        return None
    minute = event.ts // MINUTE
    name = int.from_bytes(blake2b(event.id.encode(), digest_size=8).digest(), "big")
    counted = ledger.counted.get(minute)
    if counted is None:
        counted = ledger.counted[minute] = set()
        oldest = (clock - REMEMBERED) // MINUTE
        for past in [one for one in ledger.counted if one < oldest]:
            del ledger.counted[past]
    if name in counted:
        return False
    counted.add(name)
    blocks = ledger.person(event.participant_id).blocks
    block = blocks.setdefault(event.ts // BLOCK, [*NOTHING])
    _add(block, event)
    return True


def _add(block: list[int], event: EngagementObserved) -> None:
    ms = event.ms or 0
    match event.kind:
        case "spoke":
            block[SPOKE_MS] += ms
        case "chat":
            block[CHAT] += 1
        case "reaction" | "hand_raised":
            block[REACTIONS] += 1
        case "poll_answered":
            block[ANSWERED] += 1
            block[LATENCY_MS] += ms
        case "poll_missed":
            block[MISSED] += 1
            return  # no sign of taking part
    block[MASK] |= 1 << event.ts % BLOCK // MINUTE


def known(blocks: Iterable[dict[int, list[int]]], at: Millis) -> Engagement:
    """The blocks that are over at `at`, of one person under one or several names."""
    merged: dict[int, tuple[int, ...]] = {}
    for one in blocks:
        for number, counts in one.items():
            if (number + 1) * BLOCK > at:
                continue
            before = merged.get(number)
            if before is None:
                merged[number] = tuple(counts)
            else:
                rest = (a + b for a, b in zip(before[1:], counts[1:], strict=True))
                merged[number] = (before[MASK] | counts[MASK], *rest)
    return Engagement(merged) if merged else NONE
