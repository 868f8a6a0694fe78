"""How much one token may send."""

import pytest

from producers.gateway.errors import TooMany
from producers.gateway.limits import PerMinute
from streams.events import MINUTE


def test_so_much_a_minute_and_key():
    limit = PerMinute(10)
    limit.take("a", 10, 0)
    limit.take("b", 4, 0)
    with pytest.raises(TooMany):
        limit.take("a", 1, MINUTE - 1)
    limit.take("a", 10, MINUTE)


def test_what_is_too_much_takes_nothing():
    limit = PerMinute(10)
    with pytest.raises(TooMany):
        limit.take("a", 11, 0)
    limit.take("a", 10, 0)


def test_only_so_many_keys_are_remembered():
    limit = PerMinute(1, keys=2)
    for key in "abc":
        limit.take(key, 1, 0)
    limit.take("a", 1, 0)
    with pytest.raises(TooMany):
        limit.take("c", 1, 0)
