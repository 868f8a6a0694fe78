"""The one place that looks at a clock: the wall's, or in a simulation a faster one.

Detectors never ask it; they know only the ticks on the log.
"""

import time
from typing import Annotated

from msgspec import Meta, Struct


class Clock(Struct, frozen=True):
    """Simulated time is `start + (wall - wall_at_start) * speed`, all in milliseconds."""

    start: int = 0
    wall_at_start: int = 0
    speed: Annotated[float, Meta(gt=0)] = 1.0

    def now(self) -> int:
        """Milliseconds since the Unix epoch."""
        wall = time.time_ns() // 1_000_000
        return int(self.start + (wall - self.wall_at_start) * self.speed)

    def seconds(self, simulated: float) -> float:
        """How long the wall takes for so many simulated seconds."""
        return simulated / self.speed

    @property
    def simulated(self) -> bool:
        return self != WALL


WALL = Clock()
