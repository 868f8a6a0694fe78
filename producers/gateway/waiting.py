"""Deliveries about an occupancy whose room is not known yet, held in memory for a while.

Only measurements wait here: a restart loses some minutes of them, and no event.
"""

from collections.abc import Callable

from msgspec import Struct

from streams.events import MINUTE, Millis

HELD_FOR = 5 * MINUTE
"""Zoom's late joins come within a minute and a half (platforms' own forum)."""
MOST = 200
"""Of each platform; the oldest go first."""


class Held(Struct, frozen=True):
    occupancy: str
    body: bytes
    since: Millis


class Waiting:
    def __init__(self, most: int = MOST) -> None:
        self._held: list[Held] = []
        self._most = most

    def put(self, occupancy: str, body: bytes, now: Millis) -> None:
        self._held.append(Held(occupancy, body, now))
        del self._held[: -self._most]

    def known(self, room_of: Callable[[str], str | None], now: Millis) -> list[Held]:
        """Those whose room has been learnt since; what has waited too long is forgotten."""
        self._held = [one for one in self._held if one.since > now - HELD_FOR]
        return [one for one in self._held if room_of(one.occupancy) is not None]

    def forget(self, held: Held) -> None:
        self._held = [one for one in self._held if one is not held]
