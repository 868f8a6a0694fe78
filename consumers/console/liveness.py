"""Whether what the pages show is true: does the session monitor move on, and does it keep up?

Pure. The monitor's clock is on the log: `presence.counted` of each partition every 10 s, and every
board. The page may say "Live" only while each partition's clock has moved within `STILL_SECONDS`
of the wall and is no more than `BEHIND_MS` behind, and while what the detectors raise comes back
as alerts. A broker that is gone, a monitor that has stopped and one that lags all look the same
from here, and are told the same way.
"""

from typing import Literal

from msgspec import Struct

from alerts.shadow import is_told
from streams.events import Millis
from streams.now import Clock

STILL_SECONDS = 14.0
"""One count every 10 s, a tick's second and the way through the broker."""
BEHIND_MS = 30_000
"""The allowed lateness (5 s), 10 s between counts, and as much again."""

Problem = Literal["starting", "never", "still", "behind", "alerts"]


class Live(Struct, frozen=True, tag_field="type", tag="live"):
    """What the first line is made from. `since` is the instant up to which the page is true."""

    now: Millis
    speed: float
    problem: Problem | None = None
    since: Millis | None = None
    live_since: Millis | None = None
    platforms: dict[str, Millis] = {}
    silent: dict[str, Millis] = {}
    duty: dict[str, int] = {}
    shadow: bool = False


class Pulse:
    """When each partition's clock last moved; walls are monotonic seconds. In `shadow` the alert
    service keeps most of what is raised to itself."""

    def __init__(self, partitions: int, clock: Clock, wall: float, shadow: bool = False) -> None:
        self.shadow = shadow
        self._partitions = partitions
        self._clock = clock
        self._started = wall
        self._ticks: dict[int, tuple[Millis, float]] = {}
        self._live_since: Millis | None = None
        self._raised: dict[str, tuple[Millis, float]] = {}
        self.caught_up = False  # the topics were read up to where they ended at the start

    def beat(self, partition: int, ts: Millis, wall: float) -> None:
        """A record shows that this partition's clock has come to `ts`."""
        if partition not in self._ticks or ts > self._ticks[partition][0]:
            self._ticks[partition] = (ts, wall)

    def raised(self, alert_id: str, rule: str, ts: Millis, wall: float) -> None:
        """A detector raised this; the alert service owes the feed an alert."""
        if not self.shadow or is_told(rule):
            self._raised.setdefault(alert_id, (ts, wall))

    def fed(self, alert_id: str) -> None:
        """The feed has it."""
        self._raised.pop(alert_id, None)

    def live(self, wall: float) -> Live:
        now = self._clock.now()
        problem = self._problem(now, wall)
        if problem:
            self._live_since = None
        elif self._live_since is None:
            self._live_since = now
        heard_of = self._raised if problem == "alerts" else self._ticks
        since = min((ts for ts, _ in heard_of.values()), default=None)
        return Live(
            now=now,
            speed=self._clock.speed,
            problem=problem,
            since=since if problem and len(self._ticks) == self._partitions else None,
            live_since=self._live_since,
            shadow=self.shadow,
        )

    def _problem(self, now: Millis, wall: float) -> Problem | None:
        young = wall - self._started < STILL_SECONDS
        if not self.caught_up:
            return "starting" if young else "never"
        if len(self._ticks) < self._partitions:
            return "starting" if young else "never"
        if any(wall - seen > STILL_SECONDS for _, seen in self._ticks.values()):
            return "still"
        if any(
            now - ts > BEHIND_MS * max(1.0, self._clock.speed) for ts, _ in self._ticks.values()
        ):
            return "behind"
        if any(wall - seen > STILL_SECONDS for _, seen in self._raised.values()):
            return "alerts"
        return None
