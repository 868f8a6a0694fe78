"""How much one token may send."""

from collections import OrderedDict

from msgspec import Struct

from producers.gateway.errors import TooMany
from streams.events import MINUTE

TOKENS = 20_000
"""The tokens remembered at once, the least recently used forgotten first."""


class _Used(Struct):
    minute: int
    amount: int


class PerMinute:
    """So many things a minute and key, by the minute of the clock."""

    def __init__(self, most: int, keys: int = TOKENS) -> None:
        self._most = most
        self._keys = keys
        self._used: OrderedDict[str, _Used] = OrderedDict()

    def take(self, key: str, amount: int, now: int) -> None:
        """Raises `TooMany`, and then nothing is taken. `now` in ms."""
        used = self._used.setdefault(key, _Used(0, 0))
        self._used.move_to_end(key)
        if used.minute != now // MINUTE:
            used.minute, used.amount = now // MINUTE, 0
        if used.amount + amount > self._most:
            raise TooMany
        used.amount += amount
        if len(self._used) > self._keys:
            self._used.popitem(last=False)
