"""Breaks: scheduled, tapped by the host, or seen; and the timer that does not run in them."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from math import ceil

from streams.episodes import NEVER
from streams.events import MINUTE, Millis
from streams.session.presence import Span, Stay, counter, union, within

LONGEST = 20 * MINUTE
"""Of a tapped or seen break that nobody ends."""
COMING_BACK = 3 * MINUTE
"""After each break, time does not count either."""
LOOK_BACK = 3 * MINUTE
FEWEST = 3
SHARE_AWAY = 0.6
"""Of the patients present 3 min before (3 at least), so many have left: a break is seen."""


def tapped(taps: Sequence[tuple[Millis, str]]) -> list[Span]:
    """What the host tapped, as far as it is known."""
    found: list[Span] = []
    for ts, state in taps:
        if state == "started" and not (found and ts < found[-1][1]):
            found.append((ts, ts + LONGEST))
        elif state == "ended" and found and ts < found[-1][1]:
            found[-1] = (found[-1][0], ts)
    return found


def seen(
    stays: Sequence[Sequence[Stay]], hosts: Sequence[Span], announced: Sequence[Span]
) -> list[Span]:
    """Breaks nobody announced; `stays` are the patients', person by person.

    Begins when a stay ends, a host is present, and enough patients have left otherwise than by
    a drop; lasts until fewer than that share of them are away.
    """
    found: list[Span] = []
    ends = sorted([stay.end for one in stays for stay in one if stay.end < NEVER])
    fewest = ceil(SHARE_AWAY * FEWEST)
    several = [
        end for first, end in zip(ends, ends[fewest - 1 :], strict=False) if end - first < LOOK_BACK
    ]
    if not several:
        return found  # too few have left at once at all, as nearly always
    present = counter([(stay.start, stay.end) for one in stays for stay in one])
    for end in dict.fromkeys(several):
        left = bisect_right(ends, end) - bisect_right(ends, end - LOOK_BACK)
        there = present(end - LOOK_BACK)
        if there < FEWEST or left < SHARE_AWAY * there:
            continue
        if within(found, end) or within(announced, end) or not within(hosts, end):
            continue
        before = [one for one in stays if _there(one, end - LOOK_BACK)]
        gone = [one for one in before if not _there(one, end) and _left_freely(one, end)]
        if len(gone) >= SHARE_AWAY * len(before):
            found.append((end, _back(before, end)))
    return found


def _there(stays: Iterable[Stay], instant: Millis) -> bool:
    return any(stay.start <= instant < stay.end for stay in stays)


def _left_freely(stays: Sequence[Stay], until: Millis) -> bool:
    return not [stay for stay in stays if stay.end <= until][-1].broke_off


def _back(people: Sequence[Sequence[Stay]], since: Millis) -> Millis:
    """When fewer than the share of these people are away; 20 min at most."""
    returns = sorted(
        stay.start for one in people for stay in one if since < stay.start < since + LONGEST
    )
    for instant in returns:
        away = sum(1 for one in people if not _there(one, instant))
        if away < SHARE_AWAY * len(people):
            return instant
    return since + LONGEST


def stopped(breaks: Iterable[Span]) -> tuple[Span, ...]:
    """When delays do not run: the breaks and 3 min after each."""
    return union((start, end + COMING_BACK) for start, end in breaks)


def timer(since: Millis, delay: Millis, stopped: Sequence[Span]) -> Millis:
    """When so much time outside the stopped spans has passed; all in milliseconds."""
    if since >= NEVER:
        return NEVER
    now, rest = since, delay
    for start, end in stopped:
        if end <= now:
            continue
        if start - now >= rest:
            break
        rest -= max(0, start - now)
        now = end
    return now + rest
