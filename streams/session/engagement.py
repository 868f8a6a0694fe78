"""Signs of taking part, counted: how often and how long, never what.

These facts are not kept one by one. Each adds to its block of five minutes; the 64-bit hashes of
their ids are kept for two minutes, so that the same one twice counts once, and what comes later
is dropped (docs/detectors.md, Time and order). A block is looked at once it is over.
"""

import struct
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Final, cast

from msgspec import Struct

from streams.episodes import NEVER
from streams.events import MINUTE, EngagementObserved, Millis
from streams.session.ledger import BLOCK, WORD, Ledger, PersonFacts

REMEMBERED = 2 * MINUTE
"""Since when an id is known again; what is older than that is dropped."""
MASK, SPOKE_MS, CHAT, REACTIONS, ANSWERED, LATENCY_MS, MISSED, TIMED = range(8)
"""Places in a block. The mask has a bit for each of its minutes with a sign; `TIMED` are the
answers whose latency is known."""
Counts = tuple[int, int, int, int, int, int, int, int]
NOTHING: Final[Counts] = (0,) * 8
_PACKED = ((5, 1), (12, 100), (7, 1), (7, 1), (5, 1), (14, 100), (5, 1), (5, 1))
"""Bits, and the unit (ms are kept in tenths of a second): a block is one number of 60 bits."""

_PLACES = [
    (sum(bits for bits, _ in _PACKED[:place]), (1 << bits) - 1, unit)
    for place, (bits, unit) in enumerate(_PACKED)
]
"""Of each place: shift, the most that fits, and the unit."""
_WORD: Final = struct.Struct("<Q")
_EVEN, _ODD = (sum(most << shift for shift, most, _ in _PLACES[first::2]) for first in range(2))
"""Every other place: with nothing between them, there is room for sums."""
_SUMS = [
    (place, shift, most << 5 | 31, unit)
    for place, (shift, most, unit) in enumerate(_PLACES)
    if place
]
"""Of each place but the mask: which, its shift, the most that fits a sum, and the unit."""
MINUTES: Final = BLOCK // MINUTE
_MINUTES: Final = [
    tuple(minute * MINUTE for minute in range(MINUTES) if mask >> minute & 1)
    for mask in range(1 << MINUTES)
]
"""By mask, when the minutes with a sign begin in the block."""


class Engagement(Struct, frozen=True, gc=False):
    """A person's blocks that are over: packed, one after the other from the block `first` on."""

    first: int = 0
    blocks: bytes = b""

    def block(self, number: int) -> Counts:
        """What was counted in a block, by its number since the epoch."""
        place = (number - self.first) * WORD
        if 0 <= place < len(self.blocks):
            return unpacked(*_WORD.unpack_from(self.blocks, place))
        return NOTHING

    def totals(self, numbers: Iterable[int]) -> Counts:
        """What was counted in these blocks together, without the mask; not more than 32."""
        sums = [0, 0]
        for number in numbers:
            place = (number - self.first) * WORD
            if 0 <= place < len(self.blocks):
                (packed,) = _WORD.unpack_from(self.blocks, place)
                sums[0] += packed & _EVEN
                sums[1] += packed & _ODD
        found = [(sums[place % 2] >> shift & wide) * unit for place, shift, wide, unit in _SUMS]
        return cast(Counts, (0, *found))

    def minutes(self) -> Iterator[Millis]:
        """The beginnings of the minutes with a sign, in order."""
        for number, lowest in enumerate(self.blocks[::WORD], self.first):
            for minute in _MINUTES[lowest & _PLACES[MASK][1]]:
                yield number * BLOCK + minute


NONE: Final = Engagement()


def unpacked(packed: int) -> Counts:
    found = tuple([(packed >> shift & most) * unit for shift, most, unit in _PLACES])
    return cast(Counts, found)


def _packed(counts: Iterable[int]) -> int:
    """What does not fit is the most that does."""
    packed = shift = 0
    for (bits, unit), count in zip(_PACKED, counts, strict=True):
        packed |= min(count // unit, (1 << bits) - 1) << shift
        shift += bits
    return packed


def count(ledger: Ledger, event: EngagementObserved, clock: Millis) -> bool | None:
    """Add to the person's block; false when it was counted already, `None` when it is too late."""
    ts = event.ts
    if ts < clock - REMEMBERED:
        return None
    name = blake2b(event.id.encode(), digest_size=WORD).digest()
    counted = ledger.counted.get(ts // MINUTE)
    if counted is None:
        counted = _new_minute(ledger, ts // MINUTE, clock)
    elif counted.find(name) >= 0 and _holds(counted, name):
        return False
    counted += name
    facts = ledger.people.get(event.participant_id) or ledger.person(event.participant_id)
    number = ts // BLOCK
    if number == facts.newest:
        facts.counts = _with(facts.counts, event)
    elif number < facts.newest:
        _add_before(facts, number, event)
    else:
        if facts.newest:
            _close(facts, number)
        facts.newest, facts.counts = number, _with(0, event)
    return True


def _new_minute(ledger: Ledger, minute: int, clock: Millis) -> bytearray:
    """Room for another minute's hashes; those nobody asks for any more are forgotten."""
    oldest = (clock - REMEMBERED) // MINUTE
    for past in [one for one in ledger.counted if one < oldest]:
        del ledger.counted[past]
    counted = ledger.counted[minute] = bytearray()
    return counted


def _holds(hashes: bytearray, name: bytes) -> bool:
    """Whether it is one of them, not the end of one and the beginning of the next."""
    place = hashes.find(name)
    while place % WORD and place >= 0:
        place = hashes.find(name, place + 1)
    return place >= 0


def _close(facts: PersonFacts, number: int) -> None:
    """Put the newest block to those before it, and empty ones up to `number`, the newest then."""
    gap = bytes(WORD * (number - facts.newest - 1))
    facts.blocks += _WORD.pack(facts.counts) + gap
    facts.newest, facts.counts = number, 0


def _add_before(facts: PersonFacts, number: int, event: EngagementObserved) -> None:
    """Count a late sign, in a block before the newest one."""
    missing = max(0, facts.first_block - number)
    place = (number - facts.first_block + missing) * WORD
    blocks = bytearray(bytes(WORD * missing) + facts.blocks)
    (packed,) = _WORD.unpack_from(blocks, place)
    _WORD.pack_into(blocks, place, _with(packed, event))
    facts.blocks = bytes(blocks)


def _with(packed: int, event: EngagementObserved) -> int:
    """The block with one more event; the mask has its lowest bits."""
    kind = event.kind
    if kind == "spoke":
        packed = _more(packed, SPOKE_MS, event.ms or 0)
    elif kind == "poll_missed":
        return _more(packed, MISSED)  # no sign of taking part
    elif kind == "poll_answered":
        packed = _more(packed, ANSWERED)
        if event.ms is not None:
            packed = _more(_more(packed, TIMED), LATENCY_MS, event.ms)
    else:
        packed = _more(packed, CHAT if kind == "chat" else REACTIONS)
    return packed | 1 << event.ts // MINUTE % MINUTES


def _more(packed: int, place: int, amount: int = 1) -> int:
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
        if not one.newest or one.first_block >= over:
            continue
        if one.newest < over and one.counts:
            _close(one, one.newest + 1)  # so that the same bytes serve both
        more = Engagement(one.first_block, one.blocks[: WORD * (over - one.first_block)])
        found = more if found is NONE else _together(found, more)
    return found


def _together(one: Engagement, other: Engagement) -> Engagement:
    first = min(one.first, other.first)
    last = max(each.first + len(each.blocks) // WORD for each in (one, other))
    blocks = bytearray()
    for number in range(first, last):
        a, b = one.block(number), other.block(number)
        both = (a[MASK] | b[MASK], *(x + y for x, y in zip(a[1:], b[1:], strict=True)))
        blocks += _WORD.pack(_packed(both))
    return Engagement(first, bytes(blocks))
