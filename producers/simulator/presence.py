"""From when a person wants to be there to their stays and waits: breaks, waiting room, closing.

Times are whole seconds, since LiveKit's webhooks know no finer ones.
"""

from collections.abc import Iterable
from random import Random

from msgspec import Struct

from producers.simulator.scene import Pause, Stay, Wait
from streams.events import MINUTE, SECOND, LeaveReason, Millis

HOST_STAYS_MS = 45 * SECOND
"""The host closes the room so long after the time at which people go."""


class Scene(Struct, frozen=True, kw_only=True):
    """What a habit needs to know of its room. `host_at` is None where no host comes."""

    platform: str
    individual: bool
    starts_at: Millis
    ends_at: Millis
    closes_at: Millis
    host_at: Millis | None
    pauses: tuple[Pause, ...] = ()
    blackout: Millis | None = None
    reasons: bool = True
    """The platform says why somebody left."""

    @property
    def waiting_room(self) -> bool:
        return self.platform == "zoom"

    @property
    def early(self) -> bool:
        """The host closes well before the end."""
        return self.closes_at < self.ends_at


class Gap(Struct, frozen=True):
    """Away from `start`; back at `end`, or never."""

    start: Millis
    end: Millis | None
    ending: LeaveReason
    left_told_late: int = 0


class Presence(Struct, frozen=True):
    stays: tuple[Stay, ...]
    waits: tuple[Wait, ...]


def seconds(random: Random, low: int, high: int) -> int:
    """A random whole number of seconds, in ms."""
    return random.randint(low, high) * SECOND


def minutes(random: Random, low: int, high: int) -> int:
    """The same, its bounds in minutes."""
    return seconds(random, 60 * low, 60 * high)


def presence(
    scene: Scene, random: Random, arrive: Millis, gaps: Iterable[Gap] = (), told_late: int = 0
) -> Presence:
    """There from `arrive` to the closing, but for the gaps and the breaks that all hang up for."""
    stays: list[Stay] = []
    waits: list[Wait] = []
    leaving, ending = _closing(scene, random)
    shared = [*_hung_up(scene, random, arrive), *_blacked_out(scene, random, arrive)]
    away = sorted([*gaps, *shared], key=lambda gap: gap.start)
    at: Millis | None = arrive
    for gap in [*away, Gap(leaving, None, ending)]:
        if at is None or gap.start < at:
            continue
        entered = _enter(scene, random, at, waits)
        stays.append(Stay(entered, gap.start, gap.ending, told_late, gap.left_told_late))
        at, told_late = gap.end, 0
    return Presence(tuple(stays), tuple(waits))


def moment(scene: Scene, random: Random, low: float, high: float, clear: int = 15) -> Millis:
    """A time between two shares of the session, `clear` minutes off every break before and after.

    Raises ValueError where the breaks leave no room for it.
    """
    length = scene.closes_at - scene.starts_at
    busy = [(pause.start, pause.end) for pause in scene.pauses]
    if scene.blackout is not None:
        busy.append((scene.blackout, scene.blackout + 6 * MINUTE))
    for _ in range(500):
        at = scene.starts_at + round(random.uniform(low, high) * length) // SECOND * SECOND
        if all(at + clear * MINUTE < start or at > end + 6 * MINUTE for start, end in busy):
            return at
    raise ValueError("no time is clear of breaks")


def _enter(scene: Scene, random: Random, at: Millis, waits: list[Wait]) -> Millis:
    if not scene.waiting_room:
        return at
    host = at if scene.host_at is None else max(at, scene.host_at)
    admitted = host + seconds(random, 4, 20)
    waits.append(Wait(at, admitted))
    return admitted


def _closing(scene: Scene, random: Random) -> tuple[Millis, LeaveReason]:
    if not scene.reasons:
        return scene.closes_at + seconds(random, 0, 40), "unknown"
    if random.random() < 0.4:
        return scene.closes_at + HOST_STAYS_MS, "ended"
    return scene.closes_at + seconds(random, -40, 40), "left"


def _blacked_out(scene: Scene, random: Random, arrive: Millis) -> list[Gap]:
    """One in four has to start anew by hand, and is back only minutes later."""
    if scene.blackout is None or arrive >= scene.blackout:
        return []
    slow = random.random() < 0.25
    away = seconds(random, 230, 280) if slow else seconds(random, 20, 80)
    start = scene.blackout + seconds(random, 0, 5)
    return [Gap(start, start + away, "connection_lost")]


def _hung_up(scene: Scene, random: Random, arrive: Millis) -> list[Gap]:
    ending: LeaveReason = "left" if scene.reasons else "unknown"
    return [
        Gap(
            pause.start + seconds(random, 0, 40),
            pause.end - seconds(random, 10, 90),
            ending,
        )
        for pause in scene.pauses
        if pause.how == "seen" and arrive < pause.start
    ]
