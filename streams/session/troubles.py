"""When a person is in technical trouble: a bad line, no picture or sound, dropped, or trying.

From the beginning of each, long before a rule would tell of it: what several have at once is told
as one incident. Being gone is a trouble of its own, however long the line was bad before. Who
waits to be admitted, or left on purpose, is in no trouble.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from streams.episodes import NEVER
from streams.events import Millis
from streams.session.attempts import Try
from streams.session.media import Media
from streams.session.presence import Span, Stay, covered, minus, union


def troubles(
    connected: Sequence[Span],
    stays: Iterable[Stay],
    tries: Iterable[Try],
    waits: Sequence[Span],
    bad_line: Iterable[Span],
    media: Media,
) -> tuple[Span, ...]:
    """In order, one at a time; what has no end yet ends at `NEVER`."""
    away = [stay.end for stay in stays if stay.broke_off]
    away += [one.at for one in tries]
    here = union([*bad_line, *media.frozen, *media.concealed])
    gone = union(_until_back(away, connected))
    return minus(sorted([*here, *gone]), union(waits)) if here or gone else ()


def _until_back(since: Iterable[Millis], connected: Sequence[Span]) -> Iterator[Span]:
    for at in since:
        if not covered(connected, at):
            following = bisect_right(connected, (at, NEVER))
            yield at, connected[following][0] if following < len(connected) else NEVER
