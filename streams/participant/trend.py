"""Is a short series rising? Theil-Sen's slope and the exact one-sided Mann-Kendall test.

Sen 1968, doi:10.1080/01621459.1968.10480934; Mann 1945, doi:10.2307/1907187. The exact
distribution is that of the inversions of a random order; with ties, of a multiset's.
"""

from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import combinations
from statistics import median


def slope(series: Sequence[float]) -> float:
    """The median of the slopes between all pairs, per step."""
    pairs = combinations(enumerate(series), 2)
    return median((later - sooner) / (j - i) for (i, sooner), (j, later) in pairs)


def rising_p(series: Sequence[float]) -> float:
    """The chance of at least this many rising pairs (less falling ones) in a random order."""
    falling = sum(later < sooner for sooner, later in combinations(series, 2))
    counts = _inversions(tuple(sorted(Counter(series).values())))
    return sum(counts[: falling + 1]) / sum(counts)


@cache
def _inversions(ties: tuple[int, ...]) -> tuple[int, ...]:
    """How many orders of a multiset have 0, 1, 2 ... inversions: a Gaussian multinomial."""
    counts, placed = [1], 0
    for size in ties:
        for number in range(1, size + 1):
            counts = _divided(_times(counts, placed + number), number)
        placed += size
    return tuple(counts)


def _times(counts: list[int], number: int) -> list[int]:
    """By 1 + q + ... + q^(number - 1)."""
    longer = [0] * (len(counts) + number - 1)
    for at, count in enumerate(counts):
        for shift in range(number):
            longer[at + shift] += count
    return longer


def _divided(counts: list[int], number: int) -> list[int]:
    """By 1 + q + ... + q^(number - 1), which goes without a rest."""
    shorter: list[int] = []
    for at in range(len(counts) - number + 1):
        shorter.append(counts[at] - sum(shorter[max(0, at - number + 1) : at]))
    return shorter
