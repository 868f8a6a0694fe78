"""The same day as one partition's log, without a gateway: for replay and for evaluation."""

from collections.abc import Iterable, Iterator

from privacy.pseudonyms import Pseudonyms
from producers.simulator.measuring import beacons, by_time
from producers.simulator.scene import Day
from producers.simulator.timeline import happenings
from streams.codec import encode
from streams.events import SECOND, ClockTicked, FeedObserved, Millis, SampleBatch

TICK_MS = 5 * SECOND
FEED_MS = 30 * SECOND
MEASURED_MS = 10 * SECOND


def as_log(day: Day, pseudonyms: Pseudonyms) -> Iterator[bytes]:
    """Values of `session-events` and `connection-quality` records, in the order of arrival.

    Ticks every 5 s of the day, `feed.observed` every 30 s, as clock and gateway write them.
    """
    told: dict[Millis, list[bytes]] = {}
    heard: list[tuple[Millis, str]] = []
    for item in happenings(day, pseudonyms):
        arrives = max(item.due, day.starts_at)  # what was before is told first of all
        told.setdefault(_tick_after(arrives), []).append(encode(item.event))
        if item.source == "platform":
            heard.append((item.due, item.room.platform))
    measured = by_time(beacons(day, pseudonyms, MEASURED_MS))
    due, samples = next(measured, (day.ends_at + 1, []))
    last_heard: dict[str, Millis] = {}
    position = 0
    for now in range(_tick_after(day.starts_at), day.ends_at + 1, TICK_MS):
        yield from told.get(now, ())
        while due <= now:
            yield encode(SampleBatch(samples))
            due, samples = next(measured, (day.ends_at + 1, []))
        while position < len(heard) and heard[position][0] <= now:
            last_heard[heard[position][1]] = heard[position][0]
            position += 1
        if now % FEED_MS == 0:
            yield from _observed(now, last_heard.items())
        yield encode(ClockTicked(id=str(now // SECOND), ts=now))


def _observed(now: Millis, last_heard: Iterable[tuple[str, Millis]]) -> Iterator[bytes]:
    for platform, at in last_heard:
        yield encode(
            FeedObserved(id=f"{platform}.{now}", ts=now, platform=platform, last_event_at=at)
        )


def _tick_after(at: Millis) -> Millis:
    return -(-at // TICK_MS) * TICK_MS
