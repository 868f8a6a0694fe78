"""What the browsers measure: one sample every few seconds while somebody is connected."""

import heapq
from collections.abc import Iterable, Iterator
from random import Random

from msgspec import Struct

from privacy.pseudonyms import Pseudonyms
from producers.simulator.day import dice
from producers.simulator.scene import Conduct, Day, Room, Stay
from producers.simulator.timeline import Names
from streams.events import Millis, Sample


class Line(Struct, frozen=True):
    """Mean round trip and jitter in ms, loss as a share, kbit/s down."""

    rtt: float
    jitter: float
    loss: float
    down: float


# By the connection score (`streams/quality/score.py`): good, fair and poor, well off the limits.
GOOD = Line(45, 5, 0.002, 1_800)
FAIR = Line(190, 32, 0.03, 700)
BAD = Line(400, 48, 0.06, 180)


class Beacon(Struct, frozen=True, kw_only=True):
    """One page's samples, sent together."""

    due: Millis
    room: Room
    conduct: Conduct
    samples: list[Sample]


def beacons(day: Day, pseudonyms: Pseudonyms, every_ms: int) -> Iterator[Beacon]:
    """Every page's beacons in the order in which they are sent, at multiples of `every_ms`.

    Lazy: a day has more than 100,000 samples. A page sends what it has when it is closed.
    """
    names = Names(pseudonyms)
    pages = [
        _page(day, room, seat, conduct, number, stay, names, every_ms)
        for room in day.rooms
        for seat, conduct in enumerate(room.conducts)
        if seat and not conduct.unmatched
        for number, stay in enumerate(conduct.stays)
    ]
    return heapq.merge(*pages, key=lambda beacon: beacon.due)


def _page(
    day: Day,
    room: Room,
    seat: int,
    conduct: Conduct,
    number: int,
    stay: Stay,
    names: Names,
    every_ms: int,
) -> Iterator[Beacon]:
    random = dice(day.seed, room.uid, seat, number, "line")
    session, person = names.session(room), names.patient(conduct.person)
    gathered: list[Sample] = []
    due = 0
    for ts in range(
        stay.start + random.randrange(1_000, conduct.every_ms), stay.end, conduct.every_ms
    ):
        if gathered and ts > due:
            yield Beacon(due=due, room=room, conduct=conduct, samples=gathered)
            gathered = []
        due = -(-ts // every_ms) * every_ms
        gathered.append(_sample(random, _line(conduct, ts), session, person, f"page.{number}", ts))
    if gathered:
        yield Beacon(due=min(due, stay.end), room=room, conduct=conduct, samples=gathered)


def _line(conduct: Conduct, ts: Millis) -> Line:
    if any(stretch.start <= ts < stretch.end for stretch in conduct.bad):
        return BAD
    return FAIR if conduct.fair else GOOD


def _sample(
    random: Random, line: Line, session: str, person: str, connection: str, ts: Millis
) -> Sample:
    wobble = random.uniform(0.85, 1.15)
    return Sample(
        session_id=session,
        participant_id=person,
        connection_id=connection,
        ts=ts,
        rtt_ms=round(line.rtt * wobble, 1),
        jitter_ms=round(line.jitter * random.uniform(0.8, 1.2), 1),
        loss=round(line.loss * random.uniform(0.8, 1.2), 4),
        down_kbps=round(line.down * wobble),
        path="direct",
    )


def by_time(sent: Iterable[Beacon]) -> Iterator[tuple[Millis, list[Sample]]]:
    """All pages' samples of one instant together."""
    due, samples = 0, []  # type: ignore[var-annotated]
    for beacon in sent:
        if samples and beacon.due != due:
            yield due, samples
            samples = []
        due = beacon.due
        samples.extend(beacon.samples)
    if samples:
        yield due, samples
