"""When a session opened, and when it really ended, as known at an instant."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import zip_longest

from msgspec import Struct

from streams.episodes import NEVER
from streams.events import MINUTE, Millis
from streams.session.presence import Connection, Span, Stay, covered, minus, union, within

LOOK_BACK = 3 * MINUTE
SHARE_GONE = 0.8
"""Of those present in the 3 min before: a host and so many are gone."""
QUIET = 2 * MINUTE
"""Nobody may have joined for so long."""
SHARE_OPENS = 0.5
"""Of the patients then on the roster: so many open a session without a host."""


class Ending(Struct, frozen=True):
    """An instant that may be the real end, and the spans in which it is held for it."""

    at: Millis
    known: tuple[Span, ...]


def opening(
    starts_at: Millis,
    ends_at: Millis,
    hosts: Iterable[Stay],
    patients: Sequence[tuple[Sequence[Stay], Sequence[Span]]],
) -> Millis | None:
    """The later of the start and the first instant with a host or half of the patients.

    `patients` are each one's stays, and the spans in which they were on the roster.
    """
    first = min((stay.start for stay in hosts), default=NEVER)
    if first <= starts_at < ends_at:
        return starts_at  # nobody can open it before
    instants = {stay.start for stays, _ in patients for stay in stays}
    instants.update(edge for _, rostered in patients for span in rostered for edge in span)
    starts = {max(one, starts_at) for one in instants}
    for instant in sorted([one for one in starts if one < first]):
        due = [stays for stays, rostered in patients if within(rostered, instant)]
        here = sum(1 for stays in due if any(stay.start <= instant < stay.end for stay in stays))
        if due and here >= SHARE_OPENS * len(due):
            first = instant
            break
    opened = max(starts_at, first)
    return opened if opened < ends_at else None


def endings(
    opened: Millis | None,
    ended: Sequence[Millis],
    connections: Iterable[Sequence[Connection]],
    hosts: Sequence[Sequence[Stay]],
    others: Sequence[Sequence[Stay]],
    announced: Sequence[Span],
) -> tuple[Ending, ...]:
    """Every candidate since the opening, bots left out.

    `connections`, `hosts` and `others` are each one's connections and stays; `announced` the
    scheduled and tapped breaks.
    """
    if opened is None:
        return ()
    gone = _host_gone(hosts, opened)
    if not gone and not ended:
        return ()  # as nearly always
    joins = sorted([one.start for each in connections for one in each if one.joined])
    found = [Ending(at, ((at, _first_after(joins, at)),)) for at in ended if at >= opened]
    people = [*hosts, *others] if gone else []
    host_starts = sorted([stay.start for stays in hosts for stay in stays])
    for end in sorted(
        {stay.end for stays in people for stay in stays if opened < stay.end < NEVER}
    ):
        if not covered(gone, end) or within(announced, end) or not _all_gone(people, end):
            continue
        known = _quiet_spans(joins, end, _first_after(host_starts, end))
        if known:
            found.append(Ending(end, known))
    return tuple(sorted(found, key=_at))


def real_end(endings: Sequence[Ending], ends_at: Millis, at: Millis) -> Millis:
    """The first candidate that is held for the end at that instant; else the scheduled end."""
    for ending in endings:
        if ending.at < ends_at and within(ending.known, at):
            return ending.at
    return ends_at


def lifts(
    endings: Sequence[Ending], ends_at: Millis, at: Millis, coming_back: Millis
) -> Millis | None:
    """When the endings are no more that are held for the end at that instant, or were until so
    shortly before it; `None` for none."""
    known = [span for one in endings if one.at < ends_at for span in one.known]
    held = (end for start, end in known if start <= at < min(end + coming_back, NEVER))
    return max(held, default=None)


def _at(ending: Ending) -> Millis:
    return ending.at


def _first_after(instants: Sequence[Millis], instant: Millis) -> Millis:
    position = bisect_right(instants, instant)
    return instants[position] if position < len(instants) else NEVER


def _host_gone(hosts: Sequence[Sequence[Stay]], opened: Millis) -> tuple[Span, ...]:
    """While one is gone of those present in the 3 min before; or all hosts are, however long ago,
    where one was there since the opening: those who stay on to talk do not make the session longer.

    Before everybody is counted: in a large room it mostly answers.
    """
    spans: list[Span] = []
    for stays in hosts:
        for stay, back in zip_longest(stays, stays[1:]):
            until = min(stay.end + LOOK_BACK, back.start if back else NEVER)
            if until > stay.end:
                spans.append((stay.end, until))
    came = [stay for stays in hosts for stay in stays if stay.end >= opened]
    if came:
        since = min(stay.start for stay in came)
        spans += minus([(since, NEVER)], union((one.start, one.end) for one in came))
    return union(spans)


def _all_gone(people: Iterable[Sequence[Stay]], end: Millis) -> bool:
    """Of those present in the 3 min before at least 0.8 are gone at `end`."""
    last = [
        stays[bisect_right(stays, end, key=_start) - 1].end
        for stays in people
        if stays and stays[0].start <= end
    ]
    present = [one for one in last if one > end - LOOK_BACK]
    gone = sum(one <= end for one in present)
    return gone >= SHARE_GONE * len(present)


def _start(stay: Stay) -> Millis:
    return stay.start


def _quiet_spans(joins: Sequence[Millis], end: Millis, host_back: Millis) -> tuple[Span, ...]:
    """When nobody has joined for 2 min, until a host is back."""
    spans: list[Span] = []
    last = end
    while last < host_back:
        following = _first_after(joins, last)
        if last + QUIET < min(following, host_back):
            spans.append((last + QUIET, min(following, host_back)))
        last = following
    return tuple(spans)
