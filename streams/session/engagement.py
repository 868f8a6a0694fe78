"""Signs of taking part, counted: how often and how long, never what.

These facts are not kept one by one. Each adds to its block of five minutes; the 64-bit hashes of
their ids are kept for two minutes, so that the same one twice counts once, and what comes later
is dropped (docs/detectors.md, Time and order). A block is looked at once it is over.
"""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Final, cast

from msgspec import Struct

from streams.episodes import NEVER
from streams.events import MINUTE, EngagementObserved, Millis
from streams.session.ledger import BLOCK, Ledger, PersonFacts

REMEMBERED = 2 * MINUTE
"""Since when an id is known again; what is older than that is dropped."""
MASK, SPOKE_MS, CHAT, REACTIONS, ANSWERED, LATENCY_MS, MISSED = range(7)
"""Places in a block. The mask has a bit for each of its minutes with a sign."""
Counts = tuple[int, int, int, int, int, int, int]
NOTHING: Final[Counts] = (0,) * 7
_PACKED = ((5, 1), (12, 100), (9, 1), (9, 1), (5, 1), (15, 100), (5, 1))
"""Bits, and the unit (ms are kept in tenths of a second): a block is one number of 60 bits."""

_PLACES = [
    (sum(bits for bits, _ in _PACKED[:place]), (1 << bits) - 1, unit)
    for place, (bits, unit) in enumerate(_PACKED)
]
"""Of each place: shift, the most that fits, and the unit."""


class Engagement(Struct, frozen=True):
    """A person's blocks that are over: packed, one after the other from the block `first` on."""

    first: int = 0
    blocks: tuple[int, ...] = ()

    def block(self, number: int) -> Counts:
        """What was counted in a block, by its number since the epoch."""
        place = number - self.first
        return unpacked(self.blocks[place]) if 0 <= place < len(self.blocks) else NOTHING

    def minutes(self) -> Iterator[Millis]:
        """The beginnings of the minutes with a sign, in order."""
        for number, packed in enumerate(self.blocks, self.first):
            mask = packed & 0b11111
            for minute in range(BLOCK // MINUTE) if mask else ():
                if mask >> minute & 1:
                    yield number * BLOCK + minute * MINUTE


NONE: Final = Engagement()


def unpacked(packed: int) -> Counts:
    found = []
    for bits, unit in _PACKED:
        found.append((packed & (1 << bits) - 1) * unit)
        packed >>= bits
    return cast(Counts, tuple(found))


def _packed(counts: Iterable[int]) -> int:
    """What does not fit is the most that does."""
    packed = shift = 0
    for (bits, unit), count in zip(_PACKED, counts, strict=True):
        packed |= min(count // unit, (1 << bits) - 1) << shift
        shift += bits
    return packed


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
    facts = ledger.person(event.participant_id)
    number = event.ts // BLOCK
    if not facts.blocks:
        facts.first_block = number
    elif number < facts.first_block:
        facts.blocks[:0] = [0] * (facts.first_block - number)
        facts.first_block = number
    place = number - facts.first_block
    facts.blocks += [0] * (place + 1 - len(facts.blocks))
    facts.blocks[place] = _with(facts.blocks[place], event)
    return True


def _with(packed: int, event: EngagementObserved) -> int:
    """The block with one more event; the mask has its lowest bits."""
    kind, ms = event.kind, event.ms or 0
    if kind == "spoke":
        packed = _more(packed, SPOKE_MS, ms)
    elif kind == "chat":
        packed = _more(packed, CHAT, 1)
    elif kind == "poll_answered":
        packed = _more(_more(packed, ANSWERED, 1), LATENCY_MS, ms)
    elif kind == "poll_missed":
        return _more(packed, MISSED, 1)  # no sign of taking part
    else:
        packed = _more(packed, REACTIONS, 1)
    return packed | 1 << event.ts % BLOCK // MINUTE


def _more(packed: int, place: int, amount: int) -> int:
    shift, most, unit = _PLACES[place]
    room = most - (packed >> shift & most)
    amount //= unit
    return packed + ((amount if amount < room else room) << shift)


def counted_since(facts: Iterable[PersonFacts], at: Millis) -> Millis:
    """Since when the person's signs may be used, as known at `at`: `NEVER` after a no, the first
    yes after the last no, from its next block on, else 0. What was counted before a no is not
    used again."""
    since: Millis = 0
    for ts, granted in sorted(one for told in facts for one in told.consents if one[0] <= at):
        if not granted:
            since = NEVER
        elif since == NEVER:
            since = -(-ts // BLOCK) * BLOCK
    return since


def known(facts: Iterable[PersonFacts], at: Millis) -> Engagement:
    """The blocks that are over at `at`, of one person under one or several names."""
    over = at // BLOCK  # this one is still going on
    found = NONE
    for one in facts:
        if not one.blocks or one.first_block >= over:
            continue
        more = Engagement(one.first_block, tuple(one.blocks[: over - one.first_block]))
        found = more if found is NONE else _together(found, more)
    return found


def _together(one: Engagement, other: Engagement) -> Engagement:
    first = min(one.first, other.first)
    last = max(one.first + len(one.blocks), other.first + len(other.blocks))
    blocks = []
    for number in range(first, last):
        a, b = one.block(number), other.block(number)
        blocks.append(
            _packed((a[MASK] | b[MASK], *(x + y for x, y in zip(a[1:], b[1:], strict=True))))
        )
    return Engagement(first, tuple(blocks))
