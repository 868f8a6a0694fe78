"""What a person switched on and off, packed: eight bytes for each, in order of `ts`.

Each is one number, its `ts` doubled and 1 for on: people who unmute for every word take no more
room than that.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise
from struct import pack, unpack
from typing import Final

from streams.events import Millis, OnOff

_STATES: Final[tuple[OnOff, OnOff]] = ("off", "on")
_EACH = 8


def added(known: bytes, ts: Millis, state: OnOff) -> bytes:
    """With one more in its place, mostly the last; the same when it was there already."""
    number = ts << 1 | _STATES.index(state)
    if not known or _last(known) >> 1 < ts:
        return known + number.to_bytes(_EACH, "little")
    numbers = [*_unpacked(known)]
    if number in numbers:
        return known
    insort(numbers, number)
    return _packed(numbers)


def latest(known: bytes, number: int) -> bytes:
    """The last of them, so many at most."""
    return known[-number * _EACH :]


def until(kept: Sequence[bytes], at: Millis) -> bytes:
    """Those up to `at`, of one person under one or several names."""
    if len(kept) == 1 and (not kept[0] or _last(kept[0]) >> 1 <= at):
        return kept[0]
    numbers = sorted(chain.from_iterable(map(_unpacked, kept)))
    return _packed(numbers[: bisect_right(numbers, at << 1 | 1)])


def instants(known: bytes) -> list[Millis]:
    return [number >> 1 for number in _unpacked(known)]


def state(known: bytes) -> OnOff:
    """What the last of them, at least one, left it in."""
    return _STATES[_last(known) & 1]


def on(known: bytes, spans: Iterable[tuple[Millis, Millis]]) -> Iterator[tuple[Millis, Millis]]:
    """While it was on in these spans; each begins with nothing known."""
    numbers = _unpacked(known)
    for start, end in spans if numbers else ():
        within = numbers[bisect_left(numbers, start << 1) : bisect_left(numbers, end << 1)]
        for one, following in pairwise(within):
            if one & 1 and one >> 1 < following >> 1:
                yield one >> 1, following >> 1
        if within and within[-1] & 1:
            yield within[-1] >> 1, end


def _last(known: bytes) -> int:
    return int.from_bytes(known[-_EACH:], "little")


def _unpacked(known: bytes) -> tuple[int, ...]:
    return unpack(f"<{len(known) // _EACH}q", known)


def _packed(numbers: Sequence[int]) -> bytes:
    return pack(f"<{len(numbers)}q", *numbers)
